/** Reads the OCSF findings of any product. */
@NullMarked
package io.cattleguard.sources.ocsf;

import org.jspecify.annotations.NullMarked;
