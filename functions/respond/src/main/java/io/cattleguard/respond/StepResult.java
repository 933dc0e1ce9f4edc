package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import java.util.Optional;

/**
 * The result of deciding a step.
 *
 * @param told the outcome for people, if there is one now
 * @param again whether the step is to be decided again
 * @param untold whether people were not notified of the step yet, so that its next decision is the
 *     first one they see
 * @param isUseless whether the action was undone too often to be taken again
 */
record StepResult(
    Optional<ResponseDecided> told, boolean again, boolean untold, boolean isUseless) {
  static final StepResult SILENT = new StepResult(Optional.empty(), false);
  static final StepResult AGAIN = new StepResult(Optional.empty(), true);
  static final StepResult UNTOLD = new StepResult(Optional.empty(), true, true, false);

  StepResult(Optional<ResponseDecided> told, boolean again) {
    this(told, again, false, false);
  }

  /** The action was undone too often, so a stronger one is decided. */
  static StepResult useless(Optional<ResponseDecided> told) {
    return new StepResult(told, false, false, true);
  }

  static StepResult of(ResponseDecided decided) {
    return new StepResult(Optional.of(decided), false);
  }
}
