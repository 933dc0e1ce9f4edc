/** What people read in Slack and which message comes next; decides, and sends nothing. */
@NullMarked
package io.cattleguard.route.slack.message;

import org.jspecify.annotations.NullMarked;
