package io.cattleguard.route.digest;

import io.cattleguard.route.Outcome;
import java.net.URI;
import java.time.Instant;

/** Posts a body to an incoming webhook. */
@FunctionalInterface
public interface Webhook {
  /** The outcome, which holds no address. */
  Outcome post(URI address, String json, Instant now);
}
