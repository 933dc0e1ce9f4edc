/**
 * The event that says that an incident interrupted people, which route writes and record counts.
 */
@NullMarked
package io.cattleguard.events.notified;

import org.jspecify.annotations.NullMarked;
