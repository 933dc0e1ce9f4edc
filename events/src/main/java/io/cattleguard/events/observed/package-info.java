/**
 * What a sensor reports about the ordinary behaviour of its node's workloads, in addition to the
 * alerts.
 */
@NullMarked
package io.cattleguard.events.observed;

import org.jspecify.annotations.NullMarked;
