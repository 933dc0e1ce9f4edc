/** What sensors report of themselves: their state for people, from heartbeats. */
@NullMarked
package io.cattleguard.app.sensors;

import org.jspecify.annotations.NullMarked;
