package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import java.util.Optional;

/**
 * What becomes of a step.
 *
 * @param told the outcome for people, if there is one now
 * @param again whether the step is to be decided again
 */
record StepResult(Optional<ResponseDecided> told, boolean again) {
  static final StepResult SILENT = new StepResult(Optional.empty(), false);
  static final StepResult AGAIN = new StepResult(Optional.empty(), true);

  static StepResult of(ResponseDecided decided) {
    return new StepResult(Optional.of(decided), false);
  }
}
