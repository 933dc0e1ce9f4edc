/** What an alert about a deviation says about the model, for people who accept the deviation. */
@NullMarked
package io.cattleguard.events.deviation;

import org.jspecify.annotations.NullMarked;
