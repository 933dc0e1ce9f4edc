/** Reads Falco's alerts. */
@NullMarked
package io.cattleguard.sources.falco;

import org.jspecify.annotations.NullMarked;
