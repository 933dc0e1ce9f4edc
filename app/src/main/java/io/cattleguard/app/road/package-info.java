/** The road of an alert in one process: the steps, and the bus between them. */
@NullMarked
package io.cattleguard.app.road;

import org.jspecify.annotations.NullMarked;
