package io.cattleguard.app;

import java.time.Instant;

/**
 * An event that was taken in.
 *
 * @param raw the text that arrived
 * @param receivedAt when
 * @param count how many like it came, this one included
 */
record Taken(String raw, Instant receivedAt, long count) {
  /** One that came alone. */
  Taken(String raw, Instant receivedAt) {
    this(raw, receivedAt, 1);
  }
}
