/** Measures the road, so that its speed is a figure and not a belief. */
@NullMarked
package io.cattleguard.bench;

import org.jspecify.annotations.NullMarked;
