/** Observes what the workloads of a node run and connect to, and sends what is new of it. */
@NullMarked
package io.cattleguard.sensor.learn;

import org.jspecify.annotations.NullMarked;
