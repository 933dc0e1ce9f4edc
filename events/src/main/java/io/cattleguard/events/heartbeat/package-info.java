/** What a sensor says about itself. */
@NullMarked
package io.cattleguard.events.heartbeat;

import org.jspecify.annotations.NullMarked;
