package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Which steps the latest canaries passed, from the counters in each function's log. */
final class CanaryTrail {
  /** Canaries come every 5 to 60 minutes. */
  static final Duration WINDOW = Duration.ofMinutes(130);

  /** Selects the lines of a function's log that count a canary. */
  static final String LINES = "{ ($.canaries > 0) || ($.canaryOutcomes > 0) }";

  static final String ABOUT = "canary";
  private static final String OUTCOME = "route-outcome";

  /** The steps whose functions count canaries, in the order of the road. */
  static final List<String> STEPS =
      List.of("deduplicate", "score", "respond-kubernetes", "respond-aws", "route", "record");

  private final Map<String, NavigableSet<Instant>> seen = new LinkedHashMap<>();

  CanaryTrail() {
    for (String step : STEPS) {
      seen.put(step, new TreeSet<>());
      if (step.equals("route")) {
        seen.put(OUTCOME, new TreeSet<>());
      }
    }
  }

  /** Adds a line of a function's log. */
  void add(String step, JsonNode line, Instant at) {
    if (line.path("canaries").asLong() > 0) {
      times(step).add(at);
    }
    if (line.path("canaryOutcomes").asLong() > 0) {
      times(OUTCOME).add(at);
    }
  }

  private NavigableSet<Instant> times(String hop) {
    return seen.computeIfAbsent(hop, absent -> new TreeSet<>());
  }

  /** The diagnosis; the latest canary may still be on its way. */
  Diagnosis examine(Instant now) {
    NavigableSet<Instant> first = times(STEPS.getFirst());
    if (first.isEmpty()) {
      return Diagnosis.problem(
          ABOUT,
          "none in the last "
              + WINDOW.toMinutes()
              + " min; look at the schedule of the canary, its dead-letter queue, and the log of "
              + STEPS.getFirst());
    }
    Optional<Instant> due = Optional.ofNullable(first.lower(first.last()));
    for (Map.Entry<String, NavigableSet<Instant>> hop : seen.entrySet()) {
      NavigableSet<Instant> times = hop.getValue();
      if (due.filter(at -> times.isEmpty() || times.last().isBefore(at)).isPresent()) {
        return Diagnosis.problem(
            ABOUT,
            "does not pass "
                + hop.getKey()
                + (times.isEmpty() ? "" : ", the last one that did: " + plain(times.last()))
                + "; look at the queues and the log of "
                + hop.getKey().replace("-outcome", ""));
      }
    }
    Instant last =
        seen.values().stream().map(NavigableSet::last).min(Instant::compareTo).orElse(now);
    return Diagnosis.ok(
        ABOUT,
        "the last one passed every step and came back "
            + Math.max(0, Duration.between(last, now).toMinutes())
            + " min ago, at "
            + plain(last));
  }

  private static Instant plain(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS);
  }
}
