/** What an alert about a deviation from a model says of the model, for people who accept it. */
@NullMarked
package io.cattleguard.events.deviation;

import org.jspecify.annotations.NullMarked;
