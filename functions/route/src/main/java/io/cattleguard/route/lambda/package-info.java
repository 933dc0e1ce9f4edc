/** The Lambda function route. */
@NullMarked
package io.cattleguard.route.lambda;

import org.jspecify.annotations.NullMarked;
