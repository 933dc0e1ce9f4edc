package io.cattleguard.operate.lambda;

import java.net.URI;
import java.time.Duration;

/** Sends answers to the address that Slack named. */
@FunctionalInterface
interface Answers {
  /** Sends a text that only the user sees; returns whether Slack accepted it within that time. */
  boolean send(URI address, String json, Duration patience);
}
