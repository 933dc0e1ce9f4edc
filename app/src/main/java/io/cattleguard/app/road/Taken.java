package io.cattleguard.app.road;

import java.time.Instant;

/**
 * An event that was taken in.
 *
 * @param raw the text that arrived
 * @param receivedAt when
 * @param count how many like it came, this one included
 */
public record Taken(String raw, Instant receivedAt, long count) {
  /** One that came alone. */
  public Taken(String raw, Instant receivedAt) {
    this(raw, receivedAt, 1);
  }
}
