/** The Lambda function operate: reads its secret, publishes commands and answers Slack. */
@NullMarked
package io.cattleguard.operate.lambda;

import org.jspecify.annotations.NullMarked;
