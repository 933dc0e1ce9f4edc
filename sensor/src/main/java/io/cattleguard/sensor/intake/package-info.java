/** Turns received events into observations, and says which of them are equal. */
@NullMarked
package io.cattleguard.sensor.intake;

import org.jspecify.annotations.NullMarked;
