/** The registry of destination types. */
@NullMarked
package io.cattleguard.route.destinations;

import org.jspecify.annotations.NullMarked;
