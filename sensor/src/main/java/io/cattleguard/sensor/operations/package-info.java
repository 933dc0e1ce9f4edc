/** The sensor's outputs for operators: log, metrics and health. */
@NullMarked
package io.cattleguard.sensor.operations;

import org.jspecify.annotations.NullMarked;
