/** Slack as a destination: as an app with a bot token, or behind an incoming webhook. */
@NullMarked
package io.cattleguard.route.slack;

import org.jspecify.annotations.NullMarked;
