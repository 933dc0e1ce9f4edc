/** Splits recordings into single events. */
@NullMarked
package io.cattleguard.sources.recording;

import org.jspecify.annotations.NullMarked;
