/** Receives people's actions in Slack, over a WebSocket that the server opens. */
@NullMarked
package io.cattleguard.app.slack;

import org.jspecify.annotations.NullMarked;
