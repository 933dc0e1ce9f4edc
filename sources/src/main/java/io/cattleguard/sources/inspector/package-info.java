/** Reads the findings of Amazon Inspector. */
@NullMarked
package io.cattleguard.sources.inspector;

import org.jspecify.annotations.NullMarked;
