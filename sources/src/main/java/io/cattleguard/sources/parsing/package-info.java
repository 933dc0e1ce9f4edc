/**
 * What all parsers share: the parser contract, and reading field values, times, ids and ATT&amp;CK
 * tags.
 */
@NullMarked
package io.cattleguard.sources.parsing;

import org.jspecify.annotations.NullMarked;
