/** The registry of destinations. */
@NullMarked
package io.cattleguard.route.destinations;

import org.jspecify.annotations.NullMarked;
