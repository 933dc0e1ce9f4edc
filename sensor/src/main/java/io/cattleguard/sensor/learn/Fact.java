package io.cattleguard.sensor.learn;

import io.cattleguard.models.Observation;
import io.cattleguard.models.Phase;
import io.cattleguard.models.Sighting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One thing that a workload does on this node, and what of it was reported. */
final class Fact {
  /** A known fact is reported again so often, with its count. */
  static final Duration REFRESHED = Duration.ofDays(1);

  /** A fact that was not seen for so long is forgotten, and is new if it is seen again. */
  static final Duration FORGOTTEN = Duration.ofDays(7);

  /** Sightings in different starts or phases that wait; further ones count for the last of them. */
  private static final int WAITING = 3;

  private static final int STARTS = Sighting.CONFIRMED_STARTS;

  /** How much a sighting tells that was not reported. In order of importance. */
  enum News {
    /** Nothing, or no more than a count. */
    NONE,
    /** The fact was not reported for a day. */
    REFRESH,
    /** Another start of the container did it too, or a container did it after its start. */
    DETAIL,
    /** It was never reported. */
    NEW
  }

  /** Equal sightings that were not reported. */
  record Waiting(String instance, String start, Phase phase, Instant at, long count) {
    private boolean isLike(Observation other) {
      return start.equals(other.start()) && phase == other.phase();
    }

    private Waiting and(Observation other) {
      return new Waiting(
          instance, start, phase, other.at().isAfter(at) ? other.at() : at, count + other.count());
    }
  }

  private final List<Waiting> waiting = new ArrayList<>(1);
  private final Set<String> starts;
  private Optional<Instant> reportedAt;
  private boolean ran;
  private Instant seenAt;

  /** A fact that was not reported. */
  Fact(Instant now) {
    this(Optional.empty(), Set.of(), false, now);
  }

  /**
   * A fact of an earlier process.
   *
   * @param starts the starts that were reported with it, at most two
   * @param ran whether it was reported as done after a container's start
   */
  Fact(Optional<Instant> reportedAt, Set<String> starts, boolean ran, Instant seenAt) {
    this.reportedAt = reportedAt;
    this.starts = new LinkedHashSet<>(starts);
    this.ran = ran;
    this.seenAt = seenAt;
  }

  /** Counts a sighting. */
  News see(Observation observation, Instant now) {
    seenAt = now;
    int like = 0;
    while (like < waiting.size() && !waiting.get(like).isLike(observation)) {
      like++;
    }
    if (like == waiting.size() && like < WAITING) {
      await(
          new Waiting(
              observation.instance(),
              observation.start(),
              observation.phase(),
              observation.at(),
              observation.count()));
    } else {
      int at = Math.min(like, WAITING - 1);
      waiting.set(at, waiting.get(at).and(observation));
    }
    return news(now);
  }

  /** Adds sightings that an earlier process had not reported. */
  void await(Waiting sightings) {
    if (waiting.size() < WAITING) {
      waiting.add(sightings);
    }
  }

  News news(Instant now) {
    if (waiting.isEmpty()) {
      return News.NONE;
    }
    if (reportedAt.isEmpty()) {
      return News.NEW;
    }
    for (Waiting one : waiting) {
      boolean started =
          starts.size() < STARTS && !starts.contains(one.start) && !one.start.isEmpty();
      if (started || (one.phase == Phase.RUNNING && !ran)) {
        return News.DETAIL;
      }
    }
    return Duration.between(reportedAt.get(), now).abs().compareTo(REFRESHED) < 0
        ? News.NONE
        : News.REFRESH;
  }

  /** What is to be reported. */
  List<Waiting> waiting() {
    return List.copyOf(waiting);
  }

  /** It was reported, with everything that waited. */
  void reported(Instant now) {
    for (Waiting one : waiting) {
      ran |= one.phase == Phase.RUNNING;
      if (starts.size() < STARTS && !one.start.isEmpty()) {
        starts.add(one.start);
      }
    }
    waiting.clear();
    reportedAt = Optional.of(now);
  }

  boolean isForgotten(Instant now) {
    return reportedAt.isPresent() && seenAt.plus(FORGOTTEN).isBefore(now);
  }

  Optional<Instant> reportedAt() {
    return reportedAt;
  }

  Set<String> starts() {
    return Set.copyOf(starts);
  }

  boolean ran() {
    return ran;
  }

  Instant seenAt() {
    return seenAt;
  }
}
