/** Compares words that people write with known ones, and names with and without generated parts. */
@NullMarked
package io.cattleguard.events.text;

import org.jspecify.annotations.NullMarked;
