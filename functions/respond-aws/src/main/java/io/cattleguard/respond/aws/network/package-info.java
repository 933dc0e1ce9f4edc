/** The port to an account's network, its types and a simulated network. */
@NullMarked
package io.cattleguard.respond.aws.network;

import org.jspecify.annotations.NullMarked;
