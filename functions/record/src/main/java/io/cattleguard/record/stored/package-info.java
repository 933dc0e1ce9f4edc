/** Records in DynamoDB. */
@NullMarked
package io.cattleguard.record.stored;

import org.jspecify.annotations.NullMarked;
