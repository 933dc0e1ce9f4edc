package io.cattleguard.app.replay;

import io.cattleguard.app.models.RecordedDeviations;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.events.HostileText;

/** The words about deviations that the text and the page of a replay share. */
final class DeviationWords {
  /** What a deviation is, and what a deployment does with it. */
  static final String MEANING =
      "Compared are all events, also those that are no alerts. Where sensors learn, each deviation"
          + " is an alert of its own; a replay does not score it.";

  /** Why there are no deviations if nothing was compared. */
  static final String NOTHING_COMPARED =
      "no event is of a workload that has a model. If the events name no cluster, add --cluster.";

  private static final int LONGEST = 200;

  private DeviationWords() {}

  /** The result in one line. */
  static String heading(RecordedDeviations deviations) {
    if (deviations.compared() == 0) {
      return "Deviations: " + NOTHING_COMPARED;
    }
    int number = deviations.found().size();
    return number == 0
        ? "No deviation from the models of workloads."
        : Screen.format(
            number == 1 ? "%,d deviation from the models" : "%,d deviations from the models",
            number);
  }

  /** The workload's name, which comes from an event. */
  static String workload(RecordedDeviations.Found found) {
    return HostileText.visible(found.first().observation().workload().toString(), LONGEST);
  }
}
