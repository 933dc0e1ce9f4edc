package io.cattleguard.record;

import io.cattleguard.events.Severity;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * One problem of an incident: alerts of one rule about the same trouble.
 *
 * @param before alerts of the problem before the first one of this incident
 * @param until alerts of the problem up to the latest one of this incident
 */
public record Problem(
    String fingerprint,
    String source,
    String rule,
    Optional<Severity> severity,
    long before,
    long until,
    Instant lastAt) {

  /** How many alerts the incident has of it; those after the latest published one are missing. */
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
        lastAt.isAfter(other.lastAt) ? lastAt : other.lastAt);
  }

  private static String smaller(String one, String other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
