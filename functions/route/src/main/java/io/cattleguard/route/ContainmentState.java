package io.cattleguard.route;

import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Concludes from the outcomes of actions whether an incident is contained. */
final class ContainmentState {
  private ContainmentState() {}

  /**
   * The state of the incident.
   *
   * @param isBlocked whether its sources stopped all of it
   */
  static Told.State of(List<Told.Response> responses, boolean isBlocked) {
    Map<String, List<Told.Response>> byTarget =
        responses.stream()
            .filter(response -> response.effect() == Effect.CONTAINS)
            .collect(
                Collectors.groupingBy(
                    Told.Response::target, LinkedHashMap::new, Collectors.toList()));
    if (byTarget.isEmpty()) {
      return isBlocked ? Told.State.BLOCKED : Told.State.OPEN;
    }
    List<Told.State> states = byTarget.values().stream().map(ContainmentState::ofObject).toList();
    Told.State worst =
        states.stream()
            .filter(one -> one != Told.State.CONTAINED)
            .max(
                Comparator.comparing((Told.State one) -> one != Told.State.RELEASED)
                    .thenComparing(Comparator.naturalOrder()))
            .orElse(Told.State.CONTAINED);
    if (worst == Told.State.CONTAINED) {
      return Told.State.CONTAINED;
    }
    return states.contains(Told.State.CONTAINED) ? Told.State.PARTLY_CONTAINED : worst;
  }

  private static Told.State ofObject(List<Told.Response> responses) {
    return responses.stream()
        .map(response -> of(response.outcome()))
        .max(Comparator.naturalOrder())
        .orElse(Told.State.OPEN);
  }

  private static Told.State of(ResponseOutcome outcome) {
    return switch (outcome) {
      case TAKEN, EXTENDED -> Told.State.CONTAINED;
      case REQUESTED -> Told.State.REQUESTED;
      case OBSERVED -> Told.State.OBSERVED;
      case REFUSED -> Told.State.REFUSED;
      case AWAITING_APPROVAL -> Told.State.AWAITING_APPROVAL;
      case FAILED -> Told.State.FAILED;
      case RELEASED -> Told.State.RELEASED;
    };
  }
}
