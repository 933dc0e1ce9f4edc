package io.cattleguard.route;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Compares alerts by how severe they are, to show the gravest one of an incident. */
final class Gravity {
  private Gravity() {}

  /** The more severe alert, or the only one. */
  static Optional<ScoredAlert> graver(Optional<ScoredAlert> known, Optional<ScoredAlert> other) {
    if (known.isEmpty() || other.isEmpty()) {
      return known.isEmpty() ? other : known;
    }
    return compare(other.get(), known.get()) > 0 ? other : known;
  }

  /**
   * For one problem the later alert is shown, for several problems the one with the highest score.
   */
  private static int compare(ScoredAlert one, ScoredAlert two) {
    int severity = Integer.compare(severity(one), severity(two));
    AcceptedAlert first = one.accepted();
    AcceptedAlert second = two.accepted();
    int score = Integer.compare(one.score(), two.score());
    if (severity != 0) {
      return severity;
    }
    if (first.fingerprint().equals(second.fingerprint())) {
      int count = Long.compare(first.count(), second.count());
      return count == 0 ? score : count;
    }
    int time = second.firstAt().compareTo(first.firstAt());
    return score != 0
        ? score
        : time != 0 ? time : second.fingerprint().compareTo(first.fingerprint());
  }

  /** OCSF's number of the severity; -1 if the source reported none. */
  static int severity(ScoredAlert scored) {
    Severity severity = scored.alert().severity();
    return severity == null ? -1 : severity.ocsfId();
  }

  /** The highest severity of the alert and of the steps of its incident. */
  static Optional<Severity> highest(Optional<ScoredAlert> alert, Optional<Incident> incident) {
    List<Severity> all = new ArrayList<>();
    if (alert.isPresent()) {
      Severity severity = alert.get().alert().severity();
      if (severity != null) {
        all.add(severity);
      }
    }
    if (incident.isPresent()) {
      for (Incident.Step step : incident.get().steps()) {
        Severity severity = step.severity();
        if (severity != null) {
          all.add(severity);
        }
      }
    }
    return all.stream().max(Comparator.naturalOrder());
  }
}
