/** Turns what a node sensor wrote into observations, and says which of them are alike. */
@NullMarked
package io.cattleguard.sensor.intake;

import org.jspecify.annotations.NullMarked;
