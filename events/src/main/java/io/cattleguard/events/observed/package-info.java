/** What a sensor tells of the ordinary behaviour of its node's workloads, beside the alerts. */
@NullMarked
package io.cattleguard.events.observed;

import org.jspecify.annotations.NullMarked;
