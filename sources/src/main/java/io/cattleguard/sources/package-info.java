/** Reads an event of any source. It lists the parsers, one package per source. */
@NullMarked
package io.cattleguard.sources;

import org.jspecify.annotations.NullMarked;
