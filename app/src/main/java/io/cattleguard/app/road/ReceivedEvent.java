package io.cattleguard.app.road;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An event that an input received.
 *
 * @param raw the original text
 * @param receivedAt when it arrived
 * @param count how many equal events it represents
 * @param node the node that the sender's credential proves
 * @param clockOffset our clock minus the node's clock; zero where it is unknown
 * @param report whether the text is a report of what workloads do that a sensor made itself
 */
public record ReceivedEvent(
    String raw,
    Instant receivedAt,
    long count,
    Optional<String> node,
    Duration clockOffset,
    boolean report) {
  /** A single event, from a sender whose node is not proved. */
  public ReceivedEvent(String raw, Instant receivedAt) {
    this(raw, receivedAt, 1);
  }

  /** An event from a sender whose node is not proved. */
  public ReceivedEvent(String raw, Instant receivedAt, long count) {
    this(raw, receivedAt, count, Optional.empty(), Duration.ZERO, false);
  }
}
