/** The state of sensors for people, from their heartbeats. */
@NullMarked
package io.cattleguard.app.sensors;

import org.jspecify.annotations.NullMarked;
