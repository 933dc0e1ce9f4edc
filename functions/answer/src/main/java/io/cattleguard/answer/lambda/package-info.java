/** The Lambda function answer: the only code here that calls DynamoDB and Slack. */
@NullMarked
package io.cattleguard.answer.lambda;

import org.jspecify.annotations.NullMarked;
