/** The content of Slack messages and the decision which one comes next. Sends nothing. */
@NullMarked
package io.cattleguard.route.slack.message;

import org.jspecify.annotations.NullMarked;
