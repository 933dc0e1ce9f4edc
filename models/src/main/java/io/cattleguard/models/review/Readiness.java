package io.cattleguard.models.review;

import io.cattleguard.models.Model;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * When a model is proposed as ready to observe.
 *
 * @param stable how long nothing new must have been observed, while the workload ran
 * @param starts how many starts of the container the model must span
 */
public record Readiness(Duration stable, int starts) {
  /** A day, and three starts. */
  public static final Readiness DEFAULT = new Readiness(Duration.ofDays(1), 3);

  /** Why a model is not ready, one reason each; empty if it is. */
  public List<String> objections(Model model) {
    List<String> objections = new ArrayList<>();
    if (model.entries().isEmpty()) {
      objections.add("nothing was observed");
    }
    Duration unchanged = Duration.between(model.changed(), model.until());
    if (unchanged.compareTo(stable) < 0) {
      objections.add(
          "unchanged for " + words(unchanged) + " of the time observed, needs " + words(stable));
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

  private static String words(Duration duration) {
    if (duration.toDays() > 0) {
      return duration.toDays() + " d";
    }
    return duration.toHours() > 0 ? duration.toHours() + " h" : duration.toMinutes() + " min";
  }
}
