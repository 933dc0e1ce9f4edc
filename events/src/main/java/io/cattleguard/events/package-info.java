/**
 * The contract: what an alert is, and every event of the road, so that no step needs to know
 * another.
 */
@NullMarked
package io.cattleguard.events;

import org.jspecify.annotations.NullMarked;
