/** Reads OCSF findings, whoever writes them. */
@NullMarked
package io.cattleguard.sources.ocsf;

import org.jspecify.annotations.NullMarked;
