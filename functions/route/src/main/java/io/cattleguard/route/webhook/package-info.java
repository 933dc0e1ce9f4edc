/** A signed webhook as a destination: CloudEvents, for receivers that the user writes. */
@NullMarked
package io.cattleguard.route.webhook;

import org.jspecify.annotations.NullMarked;
