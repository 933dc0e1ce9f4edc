/** Keeps observations on disk until they are sent. */
@NullMarked
package io.cattleguard.sensor.spool;

import org.jspecify.annotations.NullMarked;
