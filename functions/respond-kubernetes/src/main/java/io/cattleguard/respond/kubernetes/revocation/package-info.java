/**
 * How a cluster denies the tokens of revoked pods, which a manifest installs and a client checks.
 */
@NullMarked
package io.cattleguard.respond.kubernetes.revocation;

import org.jspecify.annotations.NullMarked;
