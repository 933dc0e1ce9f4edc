/**
 * Decides who is told of what, and delivers, so that one destination that fails delays no other.
 */
@NullMarked
package io.cattleguard.route;

import org.jspecify.annotations.NullMarked;
