/**
 * What every Lambda function needs at its edge: batches, settings, log, DynamoDB, EventBridge and
 * warm-up.
 */
@NullMarked
package io.cattleguard.edge.lambda;

import org.jspecify.annotations.NullMarked;
