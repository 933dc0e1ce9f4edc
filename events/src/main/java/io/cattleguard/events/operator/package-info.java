/** People's commands, as events of the bus. */
@NullMarked
package io.cattleguard.events.operator;

import org.jspecify.annotations.NullMarked;
