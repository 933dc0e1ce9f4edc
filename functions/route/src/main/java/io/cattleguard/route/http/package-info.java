/** HTTP POST for destinations, and which answers are retryable. */
@NullMarked
package io.cattleguard.route.http;

import org.jspecify.annotations.NullMarked;
