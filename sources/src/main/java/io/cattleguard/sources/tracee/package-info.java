/** Reads Tracee's events. */
@NullMarked
package io.cattleguard.sources.tracee;

import org.jspecify.annotations.NullMarked;
