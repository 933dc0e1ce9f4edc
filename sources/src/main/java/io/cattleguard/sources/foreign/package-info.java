/** Names events of sources that have no parser yet. */
@NullMarked
package io.cattleguard.sources.foreign;

import org.jspecify.annotations.NullMarked;
