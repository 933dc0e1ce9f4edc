package io.cattleguard.app.slack;

import java.net.URI;

/** Sends answers to pressed buttons. */
@FunctionalInterface
public interface Replies {
  /** Sends a text that only the user sees; returns whether Slack accepted it. */
  boolean send(URI address, String json);
}
