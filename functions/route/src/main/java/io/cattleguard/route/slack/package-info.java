/** The destinations slack and slack-webhook. */
@NullMarked
package io.cattleguard.route.slack;

import org.jspecify.annotations.NullMarked;
