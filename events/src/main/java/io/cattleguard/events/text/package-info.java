/** Reads words: those that people write, names with generated parts, and constants in JSON. */
@NullMarked
package io.cattleguard.events.text;

import org.jspecify.annotations.NullMarked;
