/** Decides which actions an alert causes, evaluates the guards, and carries the actions out. */
@NullMarked
package io.cattleguard.respond;

import org.jspecify.annotations.NullMarked;
