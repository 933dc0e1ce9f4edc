/** Replays recorded events through the road, and reports what would have been contained. */
@NullMarked
package io.cattleguard.app.replay;

import org.jspecify.annotations.NullMarked;
