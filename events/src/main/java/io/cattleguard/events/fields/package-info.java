/** The fields of events that a policy's patterns may use. */
@NullMarked
package io.cattleguard.events.fields;

import org.jspecify.annotations.NullMarked;
