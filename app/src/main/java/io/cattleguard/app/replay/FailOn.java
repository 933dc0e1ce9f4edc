package io.cattleguard.app.replay;

import io.cattleguard.app.replay.PolicyResult.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The differences between two policies for which {@code replay --against} fails. */
enum FailOn {
  /**
   * An action is taken that was not taken before, or an enforcing playbook or its settings changed.
   */
  NEW_ENFORCE,
  /** An action is no longer taken. */
  LOST_ENFORCE,
  /** People are no longer notified of a problem. */
  HIDDEN,
  /** Any difference. */
  ANY;

  /** A rule and the difference that breaks it. */
  record Failure(String rule, String because) {}

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<Failure> of(Set<FailOn> rules, Comparison comparison) {
    List<Failure> failures = new ArrayList<>();
    for (FailOn rule : rules) {
      for (PlaybookChanges.Change change : comparison.playbooks()) {
        if (rule.isBrokenBy(change)) {
          failures.add(new Failure(rule.toString(), change.subject() + ": " + change.words()));
        }
      }
      for (Comparison.Difference difference : comparison.problems()) {
        rule.collect(difference, failures);
      }
    }
    return failures;
  }

  private boolean isBrokenBy(PlaybookChanges.Change change) {
    return switch (this) {
      case NEW_ENFORCE -> change.enforces();
      case LOST_ENFORCE -> change.enforced() && !change.enforces();
      case HIDDEN -> false;
      case ANY -> true;
    };
  }

  private void collect(Comparison.Difference difference, List<Failure> failures) {
    Incident incident = difference.incident();
    String problem = incident.rule() + " in " + incident.place();
    switch (this) {
      case NEW_ENFORCE, LOST_ENFORCE -> {
        for (Comparison.ActionDifference action : difference.actions()) {
          Effect effect = (this == NEW_ENFORCE ? action.after() : action.before()).effect();
          if (effect == Effect.TAKEN) {
            failures.add(new Failure(toString(), action.words() + ", for " + problem));
          }
        }
      }
      case HIDDEN -> {
        if (difference.isHidden()) {
          failures.add(new Failure(toString(), "people are no longer notified of " + problem));
        }
      }
      case ANY -> failures.add(new Failure(toString(), problem + " differs"));
    }
  }
}
