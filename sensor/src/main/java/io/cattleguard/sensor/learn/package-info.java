/** Observes what the workloads of a node run and connect to, and sends new behaviour. */
@NullMarked
package io.cattleguard.sensor.learn;

import org.jspecify.annotations.NullMarked;
