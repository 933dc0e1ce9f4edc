/** The Lambda function that contains pods, in every cluster that it was told of. */
@NullMarked
package io.cattleguard.respond.kubernetes;

import org.jspecify.annotations.NullMarked;
