/** The contract: the alert and every event of the road. The steps share only this package. */
@NullMarked
package io.cattleguard.events;

import org.jspecify.annotations.NullMarked;
