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

/** One behaviour of a workload on this node, and the part of it that was reported. */
final class Fact {
  /** A known fact is reported again at this interval, with its count. */
  static final Duration REFRESHED = Duration.ofDays(1);

  /** A fact that was not seen for this long is forgotten, and is new when it is seen again. */
  static final Duration FORGOTTEN = Duration.ofDays(7);

  /** Sightings in different starts or phases that wait; further ones count for the last of them. */
  private static final int WAITING = 3;

  private static final int RISKY_WAITING = 8;

  private static final int STARTS = Sighting.CONFIRMED_STARTS;

  /** The latest starts that a risky fact was reported of. */
  private static final int RISKY_STARTS = 16;

  /** A risky fact that continues is reported again at this interval. */
  static final Duration REPEATED = Duration.ofMinutes(15);

  /** How much news a sighting has that was not reported yet. In order of importance. */
  enum News {
    /** No news, or only a count. */
    NONE,
    /** The fact was not reported for a day. */
    REFRESH,
    /** Another start of the container did it too, or a container did it after its start. */
    DETAIL,
    /** It was never reported, or it is risky and continues. */
    NEW,
    /** It is typical behaviour of intruders, and was never reported for this pod or start. */
    RISKY
  }

  /** Equal sightings that were not reported. */
  record Waiting(String instance, String start, Phase phase, Instant at, long count) {
    private boolean isLike(Observation other) {
      return start.equals(other.start())
          && instance.equals(other.instance())
          && phase == other.phase();
    }

    /** The start, or the pod if the source does not tell the start. */
    private String origin() {
      return start.isEmpty() ? instance : start;
    }

    private Waiting and(Observation other) {
      return new Waiting(
          instance, start, phase, other.at().isAfter(at) ? other.at() : at, count + other.count());
    }
  }

  /** How closely a fact is followed. */
  enum Care {
    /** The first two starts of the container are reported, and then a count per day. */
    USUAL,
    /** Each start is reported. */
    EVERY_START,
    /** Each start and pod is reported soon, and that it continues. */
    RISKY
  }

  private final Care care;
  private final List<Waiting> waiting = new ArrayList<>(1);
  private final Set<String> starts;
  private Optional<Instant> reportedAt;
  private boolean ran;
  private Instant seenAt;

  /**
   * A fact that was not reported.
   *
   * @param care how closely it is followed
   */
  Fact(Care care, Instant now) {
    this(care, Optional.empty(), List.of(), false, now);
  }

  /**
   * A fact of an earlier process.
   *
   * @param care how closely it is followed
   * @param starts the starts that were reported with it: the first two, or the latest if each is
   *     reported
   * @param ran whether it was reported as done after a container's start
   */
  Fact(Care care, Optional<Instant> reportedAt, List<String> starts, boolean ran, Instant seenAt) {
    this.care = care;
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
    if (like == waiting.size() && like < mostWaiting()) {
      await(
          new Waiting(
              observation.instance(),
              observation.start(),
              observation.phase(),
              observation.at(),
              observation.count()));
    } else {
      int at = Math.min(like, mostWaiting() - 1);
      waiting.set(at, waiting.get(at).and(observation));
    }
    return news(now);
  }

  /** Adds sightings that an earlier process had not reported. */
  void await(Waiting sightings) {
    if (waiting.size() < mostWaiting()) {
      waiting.add(sightings);
    }
  }

  private int mostWaiting() {
    return care == Care.USUAL ? WAITING : RISKY_WAITING;
  }

  News news(Instant now) {
    if (waiting.isEmpty()) {
      return News.NONE;
    }
    if (care == Care.RISKY) {
      return riskyNews(now);
    }
    if (reportedAt.isEmpty()) {
      return News.NEW;
    }
    for (Waiting one : waiting) {
      boolean started =
          (starts.size() < STARTS || care == Care.EVERY_START)
              && !starts.contains(one.start)
              && !one.start.isEmpty();
      if (started || (one.phase == Phase.RUNNING && !ran)) {
        return News.DETAIL;
      }
    }
    return isOlder(REFRESHED, now) ? News.REFRESH : News.NONE;
  }

  /** A deviation continues in a replacement pod, and its incident must not look finished. */
  private News riskyNews(Instant now) {
    if (reportedAt.isEmpty()
        || waiting.stream().anyMatch(one -> !starts.contains(one.origin()))
        || (!ran && waiting.stream().anyMatch(one -> one.phase == Phase.RUNNING))) {
      return News.RISKY;
    }
    return isOlder(REPEATED, now) ? News.NEW : News.NONE;
  }

  private boolean isOlder(Duration age, Instant now) {
    return reportedAt.filter(at -> Duration.between(at, now).abs().compareTo(age) < 0).isEmpty();
  }

  /** The sightings to report. */
  List<Waiting> waiting() {
    return List.copyOf(waiting);
  }

  /** Marks it as reported, with everything that waited. */
  void reported(Instant now) {
    for (Waiting one : waiting) {
      ran |= one.phase == Phase.RUNNING;
      if (care != Care.USUAL) {
        starts.remove(one.origin());
        starts.add(one.origin());
      } else if (starts.size() < STARTS && !one.start.isEmpty()) {
        starts.add(one.start);
      }
    }
    while (starts.size() > RISKY_STARTS) {
      starts.remove(starts.iterator().next());
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

  /** In the order of their reports. */
  List<String> starts() {
    return List.copyOf(starts);
  }

  boolean ran() {
    return ran;
  }

  Instant seenAt() {
    return seenAt;
  }
}
