/** Takes what people do in Slack into a server, over a WebSocket that the server opens. */
@NullMarked
package io.cattleguard.app.slack;

import org.jspecify.annotations.NullMarked;
