package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Decides whether a step is decided again, when, and whether people hear of it. */
final class Retries {
  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** How long people are not told again that actions on one object are postponed. */
  private static final Duration QUIET = Duration.ofMinutes(10);

  private final Ledger ledger;
  private final Later later;

  Retries(Ledger ledger, Later later) {
    this.ledger = ledger;
    this.later = later;
  }

  /** Decides again while the alert is fresh. People hear of it once per object. */
  StepResult postpone(Attempt<?, ?> attempt, List<String> objections) {
    Optional<Instant> until = attempt.freshUntil().filter(end -> canRetryBefore(attempt, end));
    if (until.isEmpty()) {
      return attempt.round() == 0
          ? StepResult.of(Reports.refused(attempt.action(), attempt.situation(), objections))
          : StepResult.SILENT;
    }
    boolean first = attempt.round() == 0 && isFirstToSaySo(attempt);
    return new StepResult(
        first
            ? Optional.of(
                Reports.postponed(attempt.action(), attempt.situation(), objections, until.get()))
            : Optional.empty(),
        true);
  }

  /**
   * Takes an action again whose API did not answer, while the alert is fresh. People hear of it
   * once per object. Empty if it cannot be retried.
   */
  Optional<StepResult> unanswered(Attempt<?, ?> attempt, String reason) {
    return attempt
        .freshUntil()
        .filter(end -> canRetryBefore(attempt, end))
        .map(
            end ->
                new StepResult(
                    isFirst(attempt, "unanswered", QUIET)
                        ? Optional.of(
                            Reports.unanswered(attempt.action(), attempt.situation(), reason, end))
                        : Optional.empty(),
                    true));
  }

  boolean canRetry(Attempt<?, ?> attempt) {
    return attempt.freshUntil().filter(end -> canRetryBefore(attempt, end)).isPresent();
  }

  private boolean canRetryBefore(Attempt<?, ?> attempt, Instant end) {
    return later.comes()
        && !attempt.situation().now().plus(retryAfter(attempt.round())).isAfter(end);
  }

  boolean isFirstToSaySo(Attempt<?, ?> attempt) {
    return isFirst(attempt, "postponed", QUIET);
  }

  boolean isFirstInADay(Attempt<?, ?> attempt) {
    return isFirst(attempt, "refused", Duration.ofDays(1));
  }

  private boolean isFirst(Attempt<?, ?> attempt, String what, Duration quiet) {
    try {
      return ledger.spend(
          what + "/" + attempt.action().name() + "/" + attempt.name(),
          attempt.alertId() + "/" + attempt.round(),
          attempt.situation().now(),
          quiet,
          1);
    } catch (Unavailable e) {
      return true;
    }
  }

  static Duration retryAfter(int round) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(round, 10));
    return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
  }
}
