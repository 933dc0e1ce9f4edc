/** Microsoft Teams as a destination: a Workflows webhook that posts Adaptive Cards. */
@NullMarked
package io.cattleguard.route.teams;

import org.jspecify.annotations.NullMarked;
