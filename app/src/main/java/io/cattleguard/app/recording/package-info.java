/** Reads recorded events from files and standard input. */
@NullMarked
package io.cattleguard.app.recording;

import org.jspecify.annotations.NullMarked;
