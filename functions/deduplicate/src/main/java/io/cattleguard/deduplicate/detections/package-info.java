/** Says by a policy which raw events, such as audit events, are alerts. */
@NullMarked
package io.cattleguard.deduplicate.detections;

import org.jspecify.annotations.NullMarked;
