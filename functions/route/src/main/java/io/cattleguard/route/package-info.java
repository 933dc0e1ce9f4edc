/**
 * Delivers notices to people and systems, each in its own format. A destination that is down does
 * not delay the others.
 */
@NullMarked
package io.cattleguard.route;

import org.jspecify.annotations.NullMarked;
