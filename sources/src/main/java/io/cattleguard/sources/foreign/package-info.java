/** Recognises events of sources without a parser. */
@NullMarked
package io.cattleguard.sources.foreign;

import org.jspecify.annotations.NullMarked;
