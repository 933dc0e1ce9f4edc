/** Conversations in a table, so that they survive a restart. */
@NullMarked
package io.cattleguard.route.stored;

import org.jspecify.annotations.NullMarked;
