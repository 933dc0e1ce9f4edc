/** Follows files across rotation and keeps its position in the spool. */
@NullMarked
package io.cattleguard.sensor.file;

import org.jspecify.annotations.NullMarked;
