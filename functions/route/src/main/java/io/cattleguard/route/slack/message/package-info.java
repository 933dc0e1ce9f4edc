/** What a Slack message looks like, and what to do next in a channel; pure. */
@NullMarked
package io.cattleguard.route.slack.message;

import org.jspecify.annotations.NullMarked;
