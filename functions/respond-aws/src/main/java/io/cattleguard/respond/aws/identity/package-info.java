/** The port to an account's IAM, and its implementation in memory. */
@NullMarked
package io.cattleguard.respond.aws.identity;

import org.jspecify.annotations.NullMarked;
