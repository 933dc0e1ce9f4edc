/** Benchmarks of the road, the sensor and the functions' cold starts. */
@NullMarked
package io.cattleguard.bench;

import org.jspecify.annotations.NullMarked;
