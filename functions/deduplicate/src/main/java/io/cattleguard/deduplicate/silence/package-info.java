/** Silences: alerts that people hide for a time, and previews of what a silence would hide. */
@NullMarked
package io.cattleguard.deduplicate.silence;

import org.jspecify.annotations.NullMarked;
