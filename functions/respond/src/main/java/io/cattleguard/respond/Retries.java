package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Decides whether a step is decided again, when, and whether people are notified of it. */
final class Retries {
  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** What people approved is decided again by sweeps, the longest time between which this is. */
  private static final Duration SWEEP = Duration.ofMinutes(1);

  /** For this long people are not notified again that actions on one object are postponed. */
  private static final Duration QUIET = Duration.ofMinutes(10);

  /** For this long people are not notified again that an action is not repeated on an object. */
  private static final Duration QUIET_AFTER = Duration.ofHours(1);

  /** For this long it is known which retries people were notified of. */
  private static final Duration REMEMBERED = Duration.ofDays(1);

  private final Ledger ledger;
  private final DelayQueue later;

  Retries(Ledger ledger, DelayQueue later) {
    this.ledger = ledger;
    this.later = later;
  }

  /**
   * Decides again while the alert is fresh. People are notified once per object, and for each step
   * that ends without an action.
   */
  StepResult postpone(Attempt<?, ?> attempt, List<String> objections) {
    Optional<Instant> until = attempt.freshUntil().filter(end -> canRetryBefore(attempt, end));
    if (until.isEmpty()) {
      return StepResult.of(
          attempt.round() == 0
              ? Reports.refused(attempt, objections)
              : Reports.expired(attempt, objections));
    }
    boolean first = attempt.round() == 0 && isFirst(attempt, "postponed", QUIET);
    if (first) {
      noteAnnounced(attempt);
    }
    return new StepResult(
        first ? Optional.of(Reports.postponed(attempt, objections, until.get())) : Optional.empty(),
        true);
  }

  /**
   * Retries an action whose API did not answer, while the alert is fresh. People are notified once
   * per object. Empty if it cannot be retried.
   */
  Optional<StepResult> unanswered(Attempt<?, ?> attempt, String reason) {
    Optional<Instant> until = attempt.freshUntil().filter(end -> canRetryBefore(attempt, end));
    if (until.isEmpty()) {
      return Optional.empty();
    }
    boolean first = isFirst(attempt, "unanswered", QUIET);
    if (first) {
      noteAnnounced(attempt);
    }
    return Optional.of(
        new StepResult(
            first
                ? Optional.of(Reports.unanswered(attempt, reason, until.get()))
                : Optional.empty(),
            true));
  }

  boolean canRetry(Attempt<?, ?> attempt) {
    return attempt.freshUntil().filter(end -> canRetryBefore(attempt, end)).isPresent();
  }

  /**
   * Whether a retry may come when the alert is too old. The reserve is for a message that is late,
   * and for an action that has to be repeated.
   */
  boolean mayBeLast(Attempt<?, ?> attempt) {
    Duration freshness = attempt.situation().playbook().freshness();
    Duration reserve = shorter(LONGEST, freshness.dividedBy(4));
    Duration wait = attempt.approval().isPresent() ? SWEEP : retryAfter(attempt.round());
    Instant next = attempt.situation().now().plus(wait);
    return attempt.freshUntil().filter(end -> !next.plus(reserve).isAfter(end)).isEmpty();
  }

  private boolean canRetryBefore(Attempt<?, ?> attempt, Instant end) {
    return later.comes()
        && !attempt.situation().now().plus(retryAfter(attempt.round())).isAfter(end);
  }

  /** People who were notified of a retry are notified of its end, even if it is not news. */
  private void noteAnnounced(Attempt<?, ?> attempt) {
    try {
      boolean unused =
          ledger.mark(
              announced(attempt), attempt.alertId(), attempt.situation().now(), REMEMBERED, 1);
    } catch (Unavailable e) {
      // The retry may then end without a message, if people read one about the object before.
      return;
    }
  }

  private boolean isAnnounced(Attempt<?, ?> attempt) {
    if (attempt.round() == 0) {
      return false;
    }
    try {
      return ledger.isMarked(announced(attempt), attempt.situation().now().minus(REMEMBERED));
    } catch (Unavailable e) {
      return true;
    }
  }

  private static String announced(Attempt<?, ?> attempt) {
    return "retry/" + attempt.action().name() + "/" + attempt.alertId();
  }

  /**
   * That an action is not repeated is reported even if its postponement was, and for each object:
   * rules of one security group share its name.
   */
  boolean isFirstToSayNotAgain(Attempt<?, ?> attempt) {
    String object =
        attempt.situation().observed().subject().<String>map(Subject::uid).orElseGet(attempt::name);
    return isFirst(attempt, "not-again", object, QUIET_AFTER) || isAnnounced(attempt);
  }

  boolean isFirstInADay(Attempt<?, ?> attempt) {
    return isFirst(attempt, "refused", Duration.ofDays(1));
  }

  private boolean isFirst(Attempt<?, ?> attempt, String what, Duration quiet) {
    return isFirst(attempt, what, attempt.name(), quiet);
  }

  private boolean isFirst(Attempt<?, ?> attempt, String what, String object, Duration quiet) {
    try {
      return ledger.mark(
          what + "/" + attempt.action().name() + "/" + object,
          attempt.alertId()
              + "/"
              // Each sweep decides what people approved again, as the same round.
              + (attempt.approval().isPresent()
                  ? attempt.situation().now().toString()
                  : Integer.toString(attempt.round())),
          attempt.situation().now(),
          quiet,
          1);
    } catch (Unavailable e) {
      return true;
    }
  }

  static Duration retryAfter(int round) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(round, 10));
    return shorter(wait, LONGEST);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
