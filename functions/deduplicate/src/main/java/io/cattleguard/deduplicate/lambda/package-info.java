/** The Lambda function deduplicate. */
@NullMarked
package io.cattleguard.deduplicate.lambda;

import org.jspecify.annotations.NullMarked;
