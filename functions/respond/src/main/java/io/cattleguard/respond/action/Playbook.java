package io.cattleguard.respond.action;

import io.cattleguard.edge.pattern.EventPattern;
import java.time.Duration;
import java.util.List;

/**
 * Which actions to take for which alerts.
 *
 * @param when matches scored alerts
 * @param freshness maximum age of an alert that causes an action
 * @param steps in the order in which they are taken, without those of other responders
 */
public record Playbook(
    String name,
    EventPattern when,
    Mode mode,
    Duration freshness,
    List<Action<?, ?>> steps,
    Budget budget) {

  /** Copies the steps. */
  public Playbook {
    steps = List.copyOf(steps);
  }

  /** A copy in that mode. */
  Playbook in(Mode other) {
    return new Playbook(name, when, other, freshness, steps, budget);
  }
}
