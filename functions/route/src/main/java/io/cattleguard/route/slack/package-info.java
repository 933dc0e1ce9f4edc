/** Slack as a destination: an app with a bot token, or an incoming webhook. */
@NullMarked
package io.cattleguard.route.slack;

import org.jspecify.annotations.NullMarked;
