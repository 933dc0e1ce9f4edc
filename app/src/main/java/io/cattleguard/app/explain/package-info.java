/** Explains how one event is read, scored, routed and answered. */
@NullMarked
package io.cattleguard.app.explain;

import org.jspecify.annotations.NullMarked;
