package io.cattleguard.models.review;

import io.cattleguard.models.Merge;
import io.cattleguard.models.Model;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * When a model is proposed as ready to observe.
 *
 * @param stable how long nothing new must have been observed, without the days on which the
 *     workload did not run
 * @param starts how many starts of the container the model must span
 */
public record Readiness(Duration stable, int starts) {
  /** The starts of a container that a model remembers. */
  public static final int MOST_STARTS = Merge.NAMES;

  /** The longest time without news that the days of a model can show. */
  public static final Duration LONGEST = Duration.ofDays(60);

  /** A day, and three starts. */
  public static final Readiness DEFAULT = new Readiness(Duration.ofDays(1), 3);

  private static final NavigableMap<ChronoUnit, String> UNITS =
      new TreeMap<ChronoUnit, String>(
              Map.of(
                  ChronoUnit.DAYS, "d",
                  ChronoUnit.HOURS, "h",
                  ChronoUnit.MINUTES, "min",
                  ChronoUnit.SECONDS, "s"))
          .descendingMap();

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if no model could ever be ready
   */
  public Readiness {
    if (stable.isNegative()
        || stable.compareTo(LONGEST) > 0
        || starts < 0
        || starts > MOST_STARTS) {
      throw new IllegalArgumentException("no model is ever ready");
    }
  }

  /** Why a model is not ready, one reason each; empty if it is. */
  public List<String> objections(Model model) {
    List<String> objections = new ArrayList<>();
    if (model.entries().isEmpty()) {
      objections.add("nothing was observed");
    }
    Duration unchanged = model.unchanged(model.until());
    if (unchanged.compareTo(stable) < 0) {
      ChronoUnit unit = unit(stable);
      objections.add(
          "unchanged for "
              + words(unchanged, unit)
              + " of the time observed, needs "
              + words(stable, unit));
    }
    if (model.starts().size() < starts) {
      objections.add(
          "spans "
              + model.starts().size()
              + (model.starts().size() == 1 ? " start" : " starts")
              + " of the container, needs "
              + starts);
    }
    if (!model.isComplete()) {
      objections.add("not complete: more was observed than a model holds");
    }
    return objections;
  }

  /** The largest unit of which the time is a whole number, so that no words say less. */
  private static ChronoUnit unit(Duration time) {
    return UNITS.keySet().stream()
        .filter(unit -> time.toMillis() % unit.getDuration().toMillis() == 0)
        .findFirst()
        .orElse(ChronoUnit.SECONDS);
  }

  /** The time in that unit, or in a smaller one if it is shorter. */
  private static String words(Duration time, ChronoUnit largest) {
    for (Map.Entry<ChronoUnit, String> unit : UNITS.entrySet()) {
      long whole = time.dividedBy(unit.getKey().getDuration());
      if (unit.getKey().compareTo(largest) <= 0 && whole > 0) {
        return whole + " " + unit.getValue();
      }
    }
    return "0 s";
  }
}
