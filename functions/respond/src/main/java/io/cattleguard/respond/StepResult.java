package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import java.util.Optional;

/**
 * What becomes of a step.
 *
 * @param told the outcome for people, if there is one now
 * @param again whether the step is to be decided again
 * @param untold whether people know nothing of the step yet, so that its next decision is the first
 */
record StepResult(Optional<ResponseDecided> told, boolean again, boolean untold) {
  static final StepResult SILENT = new StepResult(Optional.empty(), false);
  static final StepResult AGAIN = new StepResult(Optional.empty(), true);
  static final StepResult UNTOLD = new StepResult(Optional.empty(), true, true);

  StepResult(Optional<ResponseDecided> told, boolean again) {
    this(told, again, false);
  }

  static StepResult of(ResponseDecided decided) {
    return new StepResult(Optional.of(decided), false);
  }
}
