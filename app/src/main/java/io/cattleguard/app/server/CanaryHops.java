package io.cattleguard.app.server;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.sensor.operations.MetricsText;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which steps the latest canaries passed. */
final class CanaryHops {
  /** How long a canary may take to pass all steps, for example behind a backlog. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Map<Hop, Instant> passed = new EnumMap<>(Hop.class);
  private final Map<Hop, Long> counts = new EnumMap<>(Hop.class);
  private final Instant startedAt;
  private Optional<Instant> sent = Optional.empty();
  private Optional<Instant> sentBefore = Optional.empty();

  /** The hops of a canary, in order. */
  enum Hop {
    DEDUPLICATE,
    SCORE,
    RESPOND_KUBERNETES,
    RESPOND_AWS,
    ROUTE,
    /** The answers of the responders are back at route. */
    ROUTE_OUTCOME,
    RECORD;

    /** The name in metrics. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  CanaryHops(Instant startedAt) {
    this.startedAt = startedAt;
  }

  /** A canary was sent. */
  synchronized void sent(Instant at) {
    sentBefore = sent;
    sent = Optional.of(at);
  }

  /** An alert passed a step; any other than a canary is left out. */
  void passed(Hop hop, Alert alert) {
    Instant at = alert.observedAt();
    if (at != null && Canary.is(alert)) {
      passed(hop, at);
    }
  }

  private synchronized void passed(Hop hop, Instant at) {
    counts.merge(hop, 1L, Long::sum);
    passed.merge(hop, at, (one, other) -> one.isAfter(other) ? one : other);
  }

  /** A responder answered. */
  void answered(ResponseDecided decided) {
    passed(
        decided.target().endsWith("aws") ? Hop.RESPOND_AWS : Hop.RESPOND_KUBERNETES,
        decided.scored().alert());
  }

  /** The first step that a canary has not passed in time. */
  synchronized Optional<Hop> missing(Instant now) {
    Optional<Instant> due =
        sent.filter(at -> isDue(at, now)).or(() -> sentBefore.filter(at -> isDue(at, now)));
    return due.flatMap(
        at -> Arrays.stream(Hop.values()).filter(hop -> latest(hop).isBefore(at)).findFirst());
  }

  private static boolean isDue(Instant at, Instant now) {
    return Duration.between(at, now).compareTo(PATIENCE) > 0;
  }

  private synchronized Instant latest(Hop hop) {
    return passed.getOrDefault(hop, Instant.MIN);
  }

  /** What is wrong, for people. */
  Optional<String> inWords(Instant now) {
    return missing(now)
        .map(
            hop ->
                "the canary does not pass "
                    + hop.word()
                    + "; look at that step in the log and at its queue in the metrics");
  }

  synchronized void write(MetricsText text, Instant now) {
    Map<String, Long> totals = new TreeMap<>();
    Map<String, Long> ages = new TreeMap<>();
    Map<String, Long> missing = new TreeMap<>();
    Optional<Hop> first = missing(now);
    for (Hop hop : Hop.values()) {
      Instant at = passed.getOrDefault(hop, startedAt);
      totals.put(hop.word(), counts.getOrDefault(hop, 0L));
      ages.put(hop.word(), Math.max(0, Duration.between(at, now).toSeconds()));
      missing.put(hop.word(), first.filter(hop::equals).isPresent() ? 1L : 0L);
    }
    text.counter(
        "cattleguard_canary_passed_total",
        "Canaries that passed the step. Each has two answers, one per responder.",
        "step",
        totals);
    text.gauge(
        "cattleguard_canary_age_seconds",
        "Time since the latest canary that passed the step was sent, or since the start.",
        "step",
        ages);
    text.gauge(
        "cattleguard_canary_missing",
        "1 at the first step that a canary has not passed in time.",
        "step",
        missing);
  }
}
