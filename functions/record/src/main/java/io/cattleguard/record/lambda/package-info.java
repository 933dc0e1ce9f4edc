/** The Lambda function record. */
@NullMarked
package io.cattleguard.record.lambda;

import org.jspecify.annotations.NullMarked;
