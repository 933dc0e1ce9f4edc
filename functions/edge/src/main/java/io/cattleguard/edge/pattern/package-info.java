/** EventBridge event patterns, matched in process by event-ruler. */
@NullMarked
package io.cattleguard.edge.pattern;

import org.jspecify.annotations.NullMarked;
