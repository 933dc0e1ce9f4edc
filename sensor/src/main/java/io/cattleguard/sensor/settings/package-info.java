/** The settings of the sensor, and the error that stops it. */
@NullMarked
package io.cattleguard.sensor.settings;

import org.jspecify.annotations.NullMarked;
