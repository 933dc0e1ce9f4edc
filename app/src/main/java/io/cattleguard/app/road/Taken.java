package io.cattleguard.app.road;

import java.time.Instant;

/**
 * An event that an input received.
 *
 * @param raw the original text
 * @param receivedAt when it arrived
 * @param count how many equal events it stands for
 */
public record Taken(String raw, Instant receivedAt, long count) {
  /** An event that stands for itself only. */
  public Taken(String raw, Instant receivedAt) {
    this(raw, receivedAt, 1);
  }
}
