/** The Lambda function. */
@NullMarked
package io.cattleguard.route.lambda;

import org.jspecify.annotations.NullMarked;
