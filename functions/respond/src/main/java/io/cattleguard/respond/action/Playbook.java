package io.cattleguard.respond.action;

import io.cattleguard.edge.pattern.EventPattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do about which alerts.
 *
 * @param when the scored alerts it answers
 * @param freshness how old an alert may be to be acted on
 * @param steps in the order in which they are taken; those of other responders are left out
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

  /** The same in that mode. */
  Playbook in(Mode other) {
    return new Playbook(name, when, other, freshness, steps, budget);
  }

  /** The key of the budget that an action on that object is taken from. */
  public String budgetOf(Optional<? extends Subject> subject) {
    String share =
        switch (budget.per()) {
          case WORKLOAD -> subject.map(Subject::workload).orElse("unknown");
          case NAMESPACE -> subject.map(Subject::neighbourhood).orElse("unknown");
          case CLUSTER -> "cluster";
        };
    return name + "/" + share;
  }
}
