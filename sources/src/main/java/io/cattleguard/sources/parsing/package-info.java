/**
 * Shared by all parsers: the parser contract, and readers of field values, times, ids and
 * ATT&amp;CK tags.
 */
@NullMarked
package io.cattleguard.sources.parsing;

import org.jspecify.annotations.NullMarked;
