package io.cattleguard.operate;

import io.cattleguard.events.operator.OperatorCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Limits how often people are told of attempts to command. Everyone in the workspace can press a
 * button, and nobody must be able to flood the channel of the incidents with it.
 */
public final class ReportLimit {
  /** One attempt of a person at a command is told in this time. */
  static final Duration WINDOW = Duration.ofMinutes(10);

  /** As many attempts of all people together are told in that time. */
  static final int MOST = 10;

  private static final int REMEMBERED = 1_000;

  private final Map<String, Instant> told = new LinkedHashMap<>();
  private final Deque<Instant> latest = new ArrayDeque<>();
  private long untold;

  /** The event to publish; empty if people were told enough, which the next event says. */
  public synchronized Optional<OperatorCommand> admit(Report report, Instant now) {
    Instant oldest = now.minus(WINDOW);
    while (!latest.isEmpty() && !latest.peekFirst().isAfter(oldest)) {
      latest.removeFirst();
    }
    told.values().removeIf(at -> !at.isAfter(oldest));
    String key = report.command().who().identity() + " " + report.command().command().jsonName();
    if (latest.size() >= MOST || told.size() >= REMEMBERED || told.containsKey(key)) {
      untold++;
      return Optional.empty();
    }
    told.put(key, now);
    latest.addLast(now);
    long before = untold;
    untold = 0;
    return Optional.of(report.event(before));
  }
}
