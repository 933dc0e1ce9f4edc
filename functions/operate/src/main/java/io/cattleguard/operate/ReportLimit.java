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
 * Limits how often attempts to command are reported to people. Everyone in the workspace can press
 * a button, and must not be able to flood the incident channel with it.
 */
public final class ReportLimit {
  /** Within this time, at most one attempt of a person at a command is reported. */
  static final Duration WINDOW = Duration.ofMinutes(10);

  /** Within that time, at most this many attempts of all people together are reported. */
  static final int MOST = 10;

  private static final int REMEMBERED = 1_000;

  private final Map<String, Instant> told = new LinkedHashMap<>();
  private final Deque<Instant> latest = new ArrayDeque<>();
  private long untold;

  /**
   * The event to publish; empty if the limit is reached. The next event says how many were left
   * out.
   */
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
