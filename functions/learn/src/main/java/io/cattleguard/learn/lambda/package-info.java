/** The Lambda function learn. */
@NullMarked
package io.cattleguard.learn.lambda;

import org.jspecify.annotations.NullMarked;
