/** What actions need of an account's network: the port, its types and a simulated one. */
@NullMarked
package io.cattleguard.respond.aws.network;

import org.jspecify.annotations.NullMarked;
