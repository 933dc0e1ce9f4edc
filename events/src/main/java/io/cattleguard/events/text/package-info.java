/** Compares words that people write with known ones. */
@NullMarked
package io.cattleguard.events.text;

import org.jspecify.annotations.NullMarked;
