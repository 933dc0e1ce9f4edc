package io.cattleguard.score;

import io.cattleguard.events.Alert;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The known behaviour of a subject, from its alerts: the executables and peers of each of its
 * images, and on how many days each rule fired. Bounded; behaviour that was not seen for 30 days is
 * forgotten. Immutable.
 *
 * @param images the images, each with the times of its first and latest alert
 * @param seen the keys of {@link Novelty}, each with the latest day, counted from 1970
 * @param days by rule
 */
public record Behaviour(
    Map<String, Period> images, Map<String, Long> seen, Map<String, Days> days) {
  /** The state without any knowledge. */
  static final Behaviour UNKNOWN = new Behaviour(Map.of(), Map.of(), Map.of());

  /** More images than the containers of a pod have, before and after a rollout. */
  private static final int IMAGES = 16;

  /** A subject with more is so varied that its behaviour never counts as new. */
  private static final int SEEN = 64;

  private static final int RULES = 50;
  private static final int FORGOTTEN_AFTER_DAYS = 30;

  /**
   * The days on which a rule fired.
   *
   * @param count how many, without a gap of more than {@link #GAP} days
   * @param latest counted from 1970
   */
  public record Days(int count, long latest) {
    private static final int GAP = 3;
    private static final int MOST = 1_000;

    Days and(long day) {
      if (day <= latest) {
        return this;
      }
      return day - latest > GAP ? new Days(1, day) : new Days(Math.min(MOST, count + 1), day);
    }
  }

  /** From the first to the latest alert. */
  public record Period(Instant first, Instant latest) {
    private Period and(Period other) {
      return new Period(
          first.isBefore(other.first) ? first : other.first,
          latest.isAfter(other.latest) ? latest : other.latest);
    }
  }

  /** Copies the maps. */
  public Behaviour {
    images = Map.copyOf(images);
    seen = Map.copyOf(seen);
    days = Map.copyOf(days);
  }

  /**
   * The new behaviour in an alert. Empty while its image has been known for less than that, because
   * then everything would be new.
   */
  Set<Novelty> novel(Alert alert, Instant at, Duration watchedFor) {
    EnumSet<Novelty> novel = EnumSet.noneOf(Novelty.class);
    if (!isWatched(alert, at, watchedFor)) {
      return novel;
    }
    for (Novelty one : Novelty.values()) {
      one.key(alert)
          .filter(key -> !isKnown(key, day(at)) && known(one, day(at)) < SEEN)
          .ifPresent(key -> novel.add(one));
    }
    return novel;
  }

  /** Whether the alert's image has been known for that long. */
  boolean isWatched(Alert alert, Instant at, Duration watchedFor) {
    Period known = images.get(image(alert));
    return known != null && !known.first().plus(watchedFor).isAfter(at);
  }

  private boolean isKnown(String key, long day) {
    Long latest = seen.get(key);
    return latest != null && !isForgotten(latest, day);
  }

  private long known(Novelty kind, long day) {
    return seen.entrySet().stream()
        .filter(one -> one.getKey().charAt(0) == kind.jsonName().charAt(0))
        .filter(one -> !isForgotten(one.getValue(), day))
        .count();
  }

  private static boolean isForgotten(long latest, long day) {
    return day - latest > FORGOTTEN_AFTER_DAYS;
  }

  /** On how many days the rule fired, with that time. */
  int days(String rule, Instant at) {
    return and(days.get(rule), at).count();
  }

  /** A copy with an alert of a rule. */
  Behaviour with(Alert alert, String rule, Instant at) {
    return new Behaviour(withImage(image(alert), at), withSeen(alert, day(at)), withDay(rule, at));
  }

  private Map<String, Period> withImage(String image, Instant at) {
    Map<String, Period> next = new LinkedHashMap<>(images);
    next.merge(image, new Period(at, at), Period::and);
    if (next.size() > IMAGES) {
      next.entrySet().stream()
          .filter(one -> !one.getKey().equals(image))
          .min(Comparator.comparing(one -> one.getValue().latest()))
          .ifPresent(oldest -> next.remove(oldest.getKey()));
    }
    return next;
  }

  private Map<String, Long> withSeen(Alert alert, long day) {
    Map<String, Long> next = new LinkedHashMap<>(seen);
    next.values().removeIf(latest -> isForgotten(latest, day));
    for (Novelty one : Novelty.values()) {
      one.key(alert)
          .filter(key -> next.containsKey(key) || known(one, day) < SEEN)
          .ifPresent(key -> next.merge(key, day, Math::max));
    }
    return next;
  }

  private Map<String, Days> withDay(String rule, Instant at) {
    Map<String, Days> next = new LinkedHashMap<>(days);
    next.values().removeIf(one -> isForgotten(one.latest(), day(at)));
    if (!next.containsKey(rule) && next.size() >= RULES) {
      return next;
    }
    next.put(rule, and(next.get(rule), at));
    return next;
  }

  private static Days and(@Nullable Days known, Instant at) {
    return known == null ? new Days(1, day(at)) : known.and(day(at));
  }

  private static String image(Alert alert) {
    return Objects.requireNonNullElse(alert.target().image(), "");
  }

  private static long day(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), Duration.ofDays(1).toSeconds());
  }
}
