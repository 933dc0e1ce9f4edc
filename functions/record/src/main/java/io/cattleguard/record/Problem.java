package io.cattleguard.record;

import io.cattleguard.events.Severity;
import io.cattleguard.events.deviation.AcceptableEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One problem of an incident: alerts with the same fingerprint.
 *
 * @param before alerts of the problem before the first one of this incident
 * @param until alerts of the problem up to the latest one of this incident
 * @param acceptable for a deviation, the entries that a person could accept in the model: the first
 *     few, sorted
 */
public record Problem(
    String fingerprint,
    String source,
    String rule,
    Optional<Severity> severity,
    long before,
    long until,
    Instant lastAt,
    List<AcceptableEntry> acceptable) {
  /** Alerts of one problem may differ only in the program that started another. */
  private static final int ACCEPTABLE = 2;

  /** Keeps the first few entries, so that the order of merges does not matter. */
  public Problem {
    acceptable = acceptable.stream().distinct().sorted().limit(ACCEPTABLE).toList();
  }

  /** The number of its alerts in the incident, without those after the latest published one. */
  public long alerts() {
    return Math.max(1, until - before);
  }

  Problem merge(Problem other) {
    return new Problem(
        fingerprint,
        smaller(source, other.source),
        smaller(rule, other.rule),
        Latest.of(severity, other.severity, Comparator.naturalOrder()),
        Math.min(before, other.before),
        Math.max(until, other.until),
        lastAt.isAfter(other.lastAt) ? lastAt : other.lastAt,
        Stream.of(acceptable, other.acceptable).flatMap(Collection::stream).toList());
  }

  private static String smaller(String one, String other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
