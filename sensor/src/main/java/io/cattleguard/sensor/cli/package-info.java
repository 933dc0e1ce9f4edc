/** The command line of the sensor. */
@NullMarked
package io.cattleguard.sensor.cli;

import org.jspecify.annotations.NullMarked;
