package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.models.review.Readiness;
import java.time.Duration;
import picocli.CommandLine.Option;

/** When a model is proposed as ready to observe. */
final class ReadinessOption {
  private static final String AFTER = "--ready-after";
  private static final String STARTS = "--ready-starts";

  @Option(
      names = AFTER,
      paramLabel = "DURATION",
      defaultValue = "1d",
      description =
          "A model is ready when nothing new was observed for that long, at most 60d. Days on which"
              + " the workload was not observed do not count. Default: ${DEFAULT-VALUE}.")
  private String after = "1d";

  @Option(
      names = STARTS,
      paramLabel = "COUNT",
      defaultValue = "3",
      description =
          "A model is ready when it spans that many starts of the container, at most "
              + Readiness.MOST_STARTS
              + ". Default: ${DEFAULT-VALUE}.")
  private String starts = "3";

  /**
   * What makes a model ready.
   *
   * @throws UsageError if an option has no such value
   */
  Readiness readiness() {
    Duration stable =
        Durations.parse(after).orElseThrow(() -> wrong(AFTER, after, Durations.EXPECTED));
    if (stable.compareTo(Readiness.LONGEST) > 0) {
      throw wrong(AFTER, after, "at most " + Readiness.LONGEST.toDays() + "d");
    }
    boolean isCount =
        starts.matches("[0-9]{1,2}") && Integer.parseInt(starts) <= Readiness.MOST_STARTS;
    if (!isCount) {
      throw wrong(STARTS, starts, "a number from 0 to " + Readiness.MOST_STARTS);
    }
    return new Readiness(stable, Integer.parseInt(starts));
  }

  private static UsageError wrong(String option, String value, String expected) {
    return new UsageError(option + " " + value + ": expected " + expected);
  }
}
