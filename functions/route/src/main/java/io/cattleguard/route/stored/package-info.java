/** Conversations in a table, which survive a restart. */
@NullMarked
package io.cattleguard.route.stored;

import org.jspecify.annotations.NullMarked;
