/** The synthetic alert that passes every step, so that a broken step is noticed. */
@NullMarked
package io.cattleguard.events.canary;

import org.jspecify.annotations.NullMarked;
