/** Reads Tetragon's export. */
@NullMarked
package io.cattleguard.sources.tetragon;

import org.jspecify.annotations.NullMarked;
