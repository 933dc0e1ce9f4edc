package io.cattleguard.respond;

import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Limits how often an action is taken again that something undid in the cluster or the account: a
 * person, a controller or the intruder. Without a limit each alert would undo a person's work. A
 * person's approval overrules the limit.
 */
final class Retakes {
  private static final Duration WITHIN = Duration.ofDays(1);

  private final Ledger ledger;
  private final Retries retries;

  Retakes(Ledger ledger, Retries retries) {
    this.ledger = ledger;
    this.retries = retries;
  }

  /** Counts that the effect of a settled action is gone. */
  boolean mayTake(Attempt<?, ?> attempt, Subject subject, Settlement undone) {
    return attempt.approval().isPresent()
        || count(attempt, subject, undone.alertId() + "/" + undone.at());
  }

  /**
   * Counts that the effect of an action that failed in place is gone: another alert may claim such
   * an action at once.
   */
  <P> boolean mayTake(Attempt<P, ?> attempt, Subject subject) {
    if (attempt.approval().isPresent()) {
      return true;
    }
    Optional<Containment> earlier =
        attempt.action().failsInPlace()
            ? ledger.remembered(attempt.key(subject.uid()))
            : Optional.empty();
    return earlier
        // An effect that a slow API never showed may never have been there, so it was not undone.
        .filter(one -> one.effect() != Containment.Effect.UNKNOWN)
        .filter(one -> !attempt.action().isInPlace(attempt.place(), one.subject()))
        .map(
            one ->
                count(
                    attempt,
                    subject,
                    Reports.scored(one.scoredJson()).alert().id() + "/" + one.since()))
        .orElse(true);
  }

  /** The same undo counts once, even if the attempt that counted it first was killed. */
  private boolean count(Attempt<?, ?> attempt, Subject subject, String undone) {
    Instant now = attempt.situation().now();
    return ledger.mark(
        "retake/" + attempt.action().name() + "/" + subject.uid(),
        undone,
        now,
        WITHIN,
        attempt.action().retakes());
  }

  /** People are notified once an hour, not for each alert. */
  StepResult refused(Attempt<?, ?> attempt, Subject subject) {
    // A part of it may still be in effect, so the lease is extended while alerts come. Until then
    // it is not listed as contained.
    Instant now = attempt.situation().now();
    ledger.change(
        attempt.key(subject.uid()), one -> one.alertedAt(now).seen(Containment.Effect.GONE));
    List<String> objections =
        List.of(
            attempt.action().name()
                + " on "
                + subject.inWords()
                + " is not taken again: a person, a controller or the intruder undid it "
                + (attempt.action().retakes() + 1)
                + " times within a day");
    return StepResult.useless(
        retries.isFirstToSayNotAgain(attempt)
            ? Optional.of(Reports.refused(attempt, objections))
            : Optional.empty());
  }
}
