/** Reads events of sources that only a policy knows, by a mapping of their fields. */
@NullMarked
package io.cattleguard.sources.mapped;

import org.jspecify.annotations.NullMarked;
