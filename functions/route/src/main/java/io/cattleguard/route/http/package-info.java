/** HTTP for all destinations: one POST with timeouts. */
@NullMarked
package io.cattleguard.route.http;

import org.jspecify.annotations.NullMarked;
