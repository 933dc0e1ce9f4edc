/** Packs observations into events and sends them to EventBridge. */
@NullMarked
package io.cattleguard.sensor.send;

import org.jspecify.annotations.NullMarked;
