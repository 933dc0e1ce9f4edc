/** Writes and reads deviations from models of workloads, as events of Cattleguard's own. */
@NullMarked
package io.cattleguard.sources.deviation;

import org.jspecify.annotations.NullMarked;
