package io.cattleguard.operate;

import io.cattleguard.events.operator.OperatorCommand;
import java.util.Optional;

/**
 * A command that was not carried out, for the people who receive reports of such attempts.
 *
 * @param command what was attempted, by whom and why
 * @param reason why nothing was done
 */
public record Report(OperatorCommand command, String reason) {
  /** The event that reports it: the command, marked as ignored. */
  OperatorCommand event(long untold) {
    return command.answered(
        Optional.of(
            reason
                + (untold == 0
                    ? ""
                    : ". "
                        + untold
                        + " more attempts were not reported one by one; the log has them all")));
  }
}
