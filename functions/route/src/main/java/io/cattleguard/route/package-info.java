/**
 * Tells the right people and systems, each in its own form, so that one that is down holds up no
 * other.
 */
@NullMarked
package io.cattleguard.route;

import org.jspecify.annotations.NullMarked;
