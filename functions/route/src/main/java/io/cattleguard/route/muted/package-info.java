/** Keeps the alerts that an inhibition hid from people, and sends them when it ends. */
@NullMarked
package io.cattleguard.route.muted;

import org.jspecify.annotations.NullMarked;
