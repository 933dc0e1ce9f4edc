package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.respond.action.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A contained object.
 *
 * @param action that contained it; empty in items of the first version, which {@link Action#undoes}
 *     recognises
 * @param subject the state before the action, as the action wrote it
 * @param until when the lease expires
 * @param alertAt when the latest alert about the object came
 * @param failing set while its release fails
 * @param undo set when a person asked for the release
 * @param effect the last observation of the effect
 * @param missedAt when a missing effect was missing first
 * @param turn the sweep that ends it or extends it now
 * @param released the outcome of its release, until the release is reported and it is deleted
 * @param scoredJson the scored alert, so that the release is reported in the same thread
 */
public record Containment(
    String action,
    String uid,
    JsonNode subject,
    String playbook,
    Instant since,
    Instant until,
    Instant alertAt,
    Optional<Failing> failing,
    Optional<OperatorOrder> undo,
    Effect effect,
    Optional<Instant> missedAt,
    Optional<Turn> turn,
    Optional<Ledger.Settlement> released,
    String scoredJson) {

  /**
   * A sweep's turn. While one sweep releases an object, another that has read the same containment
   * before would release it a second time, perhaps after it was contained again.
   *
   * @param until when another sweep may take over, because this one has been killed
   */
  public record Turn(Instant until) {}

  /** The last observation of the effect. */
  public enum Effect {
    /** Nothing beyond its outcome is known. */
    UNKNOWN,
    /** In place, although it may not be enough. */
    SEEN,
    /** It was missing when it was last looked at. Once more, and it counts as gone. */
    MISSED,
    /** Undone by another party, in full or in part. */
    GONE
  }

  /**
   * A release that fails. People were notified of the first failure.
   *
   * @param times how often it failed; 0 while its change was accepted and is not visible yet, of
   *     which people are not notified
   * @param retryAt when it is tried again
   */
  public record Failing(Instant since, int times, Instant retryAt) {
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final Duration VISIBLE = Duration.ofSeconds(10);

    private static Failing after(Optional<Failing> before, Instant now) {
      int times = before.map(Failing::times).orElse(0) + 1;
      Duration wait = FIRST.multipliedBy(1L << Math.min(times - 1, 10));
      return new Failing(
          before.map(Failing::since).orElse(now),
          times,
          now.plus(wait.compareTo(LONGEST) < 0 ? wait : LONGEST));
    }
  }

  /** A new containment. */
  public Containment(
      String action,
      String uid,
      JsonNode subject,
      String playbook,
      Instant since,
      Instant until,
      String scoredJson) {
    this(
        action,
        uid,
        subject,
        playbook,
        since,
        until,
        since,
        Optional.empty(),
        Optional.empty(),
        Effect.UNKNOWN,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        scoredJson);
  }

  /**
   * When it is to be released, or its release is to be tried again: not before its lease has ended,
   * which may have been extended meanwhile.
   */
  public Instant due() {
    return failing.map(Failing::retryAt).filter(retry -> retry.isAfter(until)).orElse(until);
  }

  /** The key in the ledger. */
  public Ledger.Key key() {
    return new Ledger.Key(action, uid);
  }

  /** A copy with the name of the action. */
  public Containment by(String name) {
    return copy(it -> it.action = name);
  }

  /** A copy with that observation of its effect. */
  public Containment seen(Effect last) {
    return copy(
        it -> {
          it.effect = last;
          it.missedAt = last == Effect.GONE ? missedAt : Optional.empty();
        });
  }

  /** A copy whose effect was missing at that time. */
  public Containment missed(Instant at) {
    return copy(
        it -> {
          it.effect = Effect.MISSED;
          it.missedAt = Optional.of(at);
        });
  }

  /** A copy with the time of another alert. */
  public Containment alertedAt(Instant at) {
    return copy(it -> it.alertAt = later(alertAt, at));
  }

  /** A copy with a later end of its lease. */
  public Containment extendedTo(Instant later) {
    return copy(it -> it.until = later);
  }

  /** A copy whose release failed at that time, once more. */
  public Containment failedAt(Instant now) {
    return copy(it -> it.failing = Optional.of(Failing.after(failing, now)));
  }

  /** A copy whose release was accepted at that time, and does not show yet. */
  public Containment acceptedAt(Instant now) {
    Failing accepted =
        new Failing(failing.map(Failing::since).orElse(now), 0, now.plus(Failing.VISIBLE));
    return copy(it -> it.failing = Optional.of(accepted));
  }

  /** Whether a sweep may be releasing it. */
  public boolean isInTurn(Instant now) {
    return turn.filter(one -> one.until().isAfter(now)).isPresent();
  }

  /** Whether its release is due, or was tried. */
  public boolean isEnding(Instant now) {
    return !until.isAfter(now) || failing.isPresent();
  }

  /** A copy whose release belongs to one sweep until that time. */
  public Containment inTurn(Turn next) {
    return copy(it -> it.turn = Optional.of(next));
  }

  /** A copy without the turn of a sweep that has finished with it. */
  public Containment afterTurn(Turn done) {
    return turn.equals(Optional.of(done)) ? withoutTurn() : this;
  }

  /** A copy that was released with that outcome. */
  public Containment releasedAs(Ledger.Settlement outcome) {
    return copy(it -> it.released = Optional.of(outcome));
  }

  /** A copy for a ledger whose sweeps have all ended. */
  Containment withoutTurn() {
    return copy(it -> it.turn = Optional.empty());
  }

  /** Its release, if it fails and people were notified. */
  public Optional<Failing> failed() {
    return failing.filter(one -> one.times() > 0);
  }

  /** When its release was accepted that does not show yet. */
  public Optional<Instant> acceptedSince() {
    return failing.filter(one -> one.times() == 0).map(Failing::since);
  }

  /** A copy about the same object, with another state before the action. */
  public Containment about(JsonNode before) {
    return copy(it -> it.subject = before);
  }

  /** A copy that a person wants to be released now. */
  public Containment undoneBy(OperatorOrder order, Instant now) {
    return copy(
        it -> {
          it.until = until.isBefore(now) ? until : now;
          it.failing = Optional.empty();
          it.undo = Optional.of(order);
        });
  }

  /**
   * Whether the end of that containment is the end of this one: it was not made again since, and no
   * person has asked for its release since.
   */
  boolean isForgottenAs(Containment ended) {
    return since.equals(ended.since) && (undo.isEmpty() || ended.undo.isPresent());
  }

  /**
   * A copy for an object that was contained before: a person's order to undo it stays in force, and
   * so does an extended lease. A check that stores the same containment again does not create a new
   * one. What was stored of its release does not stay, because the object may be contained again.
   */
  Containment over(Containment before) {
    if (undo.isPresent()) {
      return this;
    }
    boolean goesOn = before.undo.isPresent() || before.since.equals(since);
    return copy(
        it -> {
          it.until = before.undo.isPresent() ? before.until : later(until, before.until);
          it.alertAt = later(alertAt, before.alertAt);
          it.failing = failing.or(() -> goesOn ? before.failing : Optional.empty());
          it.undo = before.undo;
          it.turn = goesOn ? before.turn : turn;
        });
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private Containment copy(Consumer<Copy> change) {
    Copy copy = new Copy();
    change.accept(copy);
    return new Containment(
        copy.action,
        uid,
        copy.subject,
        playbook,
        since,
        copy.until,
        copy.alertAt,
        copy.failing,
        copy.undo,
        copy.effect,
        copy.missedAt,
        copy.turn,
        copy.released,
        scoredJson);
  }

  /** What copies may change. */
  private final class Copy {
    private String action = Containment.this.action;
    private JsonNode subject = Containment.this.subject;
    private Instant until = Containment.this.until;
    private Instant alertAt = Containment.this.alertAt;
    private Optional<Failing> failing = Containment.this.failing;
    private Optional<OperatorOrder> undo = Containment.this.undo;
    private Effect effect = Containment.this.effect;
    private Optional<Instant> missedAt = Containment.this.missedAt;
    private Optional<Turn> turn = Containment.this.turn;
    private Optional<Ledger.Settlement> released = Containment.this.released;
  }
}
