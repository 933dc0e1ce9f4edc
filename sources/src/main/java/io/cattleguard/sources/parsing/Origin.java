package io.cattleguard.sources.parsing;

import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.SensorSource;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an event was received from.
 *
 * @param cluster the sensor's cluster, from the envelope and never from the payload; absent for
 *     recorded events
 * @param node the node that the sender's credential proves; absent if it proves none
 * @param sensor the sensor's pod that the sender's credential proves; absent if it proves none
 * @param receivedAt when it was received, on our clock
 * @param clockOffset our clock minus the node's clock; zero where it is unknown
 */
public record Origin(
    @Nullable String cluster,
    Optional<String> node,
    Optional<SensorSource.Pod> sensor,
    Instant receivedAt,
    Duration clockOffset) {
  /**
   * Largest offset that is corrected. A larger one means an old event that is sent again rather
   * than a wrong clock, and a correction would make that event look new.
   */
  public static final Duration LARGEST_OFFSET = Duration.ofMinutes(15);

  /** A smaller offset is the time that a call takes. */
  private static final Duration SMALLEST_OFFSET = Duration.ofSeconds(2);

  /** An origin whose node is not proved and whose clock is taken as right. */
  public Origin(@Nullable String cluster, Instant receivedAt) {
    this(cluster, Optional.empty(), receivedAt, Duration.ZERO);
  }

  /** An origin of which the sender's credential proves the node, or nothing. */
  public Origin(
      @Nullable String cluster, Optional<String> node, Instant receivedAt, Duration clockOffset) {
    this(cluster, node, Optional.empty(), receivedAt, clockOffset);
  }

  /** An origin whose sender the source of its event names. */
  public static Origin of(SensorSource source, Instant receivedAt, Duration clockOffset) {
    return new Origin(source.cluster(), Optional.empty(), source.pod(), receivedAt, clockOffset);
  }

  /**
   * The offset of a node's clock, from the time at which the node says that it sent an event: ours
   * at the receipt minus the node's. Zero if it is too small to matter or too large to be believed.
   */
  public static Duration clockOffset(Instant sentAt, Instant receivedAt) {
    Duration offset;
    try {
      offset = Duration.between(sentAt, receivedAt);
    } catch (ArithmeticException e) {
      return Duration.ZERO;
    }
    Duration size = offset.abs();
    return size.compareTo(SMALLEST_OFFSET) < 0 || size.compareTo(LARGEST_OFFSET) > 0
        ? Duration.ZERO
        : offset;
  }

  /**
   * The alert with the verified node in place of the payload's, or the verified sensor, and its
   * time on our clock. So its age is the sum of its time on the node, measured by the node's clock,
   * and the time since, measured by ours.
   */
  public Alert complete(Alert alert) {
    Alert placed = node.map(alert::seenOnNode).or(() -> sensor.map(alert::sentBy)).orElse(alert);
    Instant observedAt = placed.observedAt();
    if (observedAt == null || clockOffset.isZero()) {
      return placed;
    }
    try {
      return placed
          .observedAt(observedAt.plus(clockOffset))
          .withNote(
              "observedAt: corrected, because the node's clock is "
                  + about(clockOffset.abs())
                  + " "
                  + (clockOffset.isNegative() ? "fast" : "slow"));
    } catch (DateTimeException | ArithmeticException e) {
      return placed.withNote(
          "observedAt: " + HostileText.visible(observedAt.toString()) + " cannot be corrected");
    }
  }

  /** In minutes, because alerts whose notes differ are not folded. */
  private static String about(Duration offset) {
    return offset.toMinutes() == 0 ? "a few seconds" : "about " + offset.toMinutes() + " min";
  }
}
