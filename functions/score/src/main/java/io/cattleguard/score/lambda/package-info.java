/** The Lambda function score. */
@NullMarked
package io.cattleguard.score.lambda;

import org.jspecify.annotations.NullMarked;
