/** Keeps what an inhibition hid from people, so that they are told when it ends. */
@NullMarked
package io.cattleguard.route.muted;

import org.jspecify.annotations.NullMarked;
