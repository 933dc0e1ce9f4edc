/** Reads the management events of AWS CloudTrail. */
@NullMarked
package io.cattleguard.sources.cloudtrail;

import org.jspecify.annotations.NullMarked;
