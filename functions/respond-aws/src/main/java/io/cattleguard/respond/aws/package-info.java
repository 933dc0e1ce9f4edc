/**
 * The Lambda function that contains instances and security-group rules in its own account and
 * region.
 */
@NullMarked
package io.cattleguard.respond.aws;

import org.jspecify.annotations.NullMarked;
