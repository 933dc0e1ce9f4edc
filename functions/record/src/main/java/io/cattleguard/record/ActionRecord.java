package io.cattleguard.record;

import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The state of one action on one object.
 *
 * @param effect what the action does to an attack while it is in force; the weakest stated effect
 * @param first when it was first taken or requested
 * @param held the latest time that it was taken, requested or extended
 * @param ended the latest time that it failed or was released
 * @param answer the latest time that it was refused, observed or had to be approved
 * @param guards the names of the guards that were asked; empty if no event stated them
 */
public record ActionRecord(
    String action,
    String target,
    Effect effect,
    Optional<ActionStep> first,
    Optional<ActionStep> held,
    Optional<ActionStep> ended,
    Optional<ActionStep> answer,
    SortedSet<String> guards) {
  /** Copies the names. */
  public ActionRecord {
    guards = Collections.unmodifiableSortedSet(new TreeSet<>(guards));
  }

  /** The order for people: containments in force, then questions, then the rest, latest first. */
  public static final Comparator<ActionRecord> FOR_PEOPLE =
      Comparator.comparing((ActionRecord one) -> one.isInForce() && one.contains())
          .thenComparing(ActionRecord::isWaiting)
          .thenComparing(ActionRecord::contains)
          .thenComparing(one -> one.now().at())
          .reversed()
          .thenComparing(ActionRecord::key);

  /** An action with one outcome. */
  static ActionRecord of(
      String action, String target, Effect effect, ActionStep step, SortedSet<String> guards) {
    Optional<ActionStep> one = Optional.of(step);
    Optional<ActionStep> none = Optional.empty();
    return switch (step.outcome()) {
      case TAKEN, REQUESTED ->
          new ActionRecord(action, target, effect, one, one, none, none, guards);
      case EXTENDED -> new ActionRecord(action, target, effect, none, one, none, none, guards);
      case RELEASED, FAILED ->
          new ActionRecord(action, target, effect, none, none, one, none, guards);
      case REFUSED, OBSERVED, AWAITING_APPROVAL ->
          new ActionRecord(action, target, effect, none, none, none, one, guards);
    };
  }

  /** Orders the actions of an incident. */
  String key() {
    return target + "\n" + action;
  }

  ActionRecord merge(ActionRecord other) {
    return new ActionRecord(
        action,
        target,
        effect.compareTo(other.effect) <= 0 ? effect : other.effect,
        Latest.first(first, other.first, ActionStep.ORDER),
        Latest.of(held, other.held, ActionStep.ORDER),
        Latest.of(ended, other.ended, ActionStep.ORDER),
        Latest.of(answer, other.answer, ActionStep.ORDER),
        Latest.smallest(guards, other.guards, GuardsOfStep.GUARDS));
  }

  /** The current outcome. An extended containment keeps the outcome of its action. */
  public ActionStep now() {
    Optional<ActionStep> end =
        ended.filter(step -> held.isEmpty() || step.at().isAfter(held.get().at()));
    if (end.isPresent() && !isReleaseFailing()) {
      return answer.filter(step -> step.at().isAfter(end.get().at())).orElse(end.get());
    }
    return held.or(() -> answer).or(() -> ended).orElseThrow();
  }

  /** The guards' answers before the latest decision that states them. */
  public GuardAnswers answers() {
    return Stream.of(Optional.of(now()), held, first, answer)
        .flatMap(Optional::stream)
        .filter(step -> step.objectors().isPresent())
        .findFirst()
        .map(step -> answers(step, step.objectors().orElseThrow()))
        .orElse(GuardAnswers.NONE);
  }

  private GuardAnswers answers(ActionStep step, ActionStep.Objectors objectors) {
    return new GuardAnswers(
        guards.stream()
            .filter(name -> !objectors.by().contains(name))
            .filter(name -> !objectors.notEvaluated().contains(name))
            .toList(),
        objectors.by().stream()
            .filter(name -> !name.isEmpty() && !objectors.notEvaluated().contains(name))
            .map(name -> new GuardAnswers.Answer(name, step.why(name)))
            .toList(),
        objectors.notEvaluated().stream()
            .map(name -> new GuardAnswers.Answer(name, step.why(name)))
            .toList());
  }

  /**
   * Whether the action, while in force, prevents an attack from continuing there. Evidence, for
   * example, stops nothing.
   */
  public boolean contains() {
    return effect == Effect.CONTAINS;
  }

  /** Whether it was taken, and has not ended. */
  public boolean isInForce() {
    return switch (now().outcome()) {
      case TAKEN, REQUESTED, EXTENDED -> true;
      case OBSERVED, REFUSED, AWAITING_APPROVAL, FAILED, RELEASED -> false;
    };
  }

  /** Whether it waits for people's approval. */
  public boolean isWaiting() {
    return now().outcome() == ResponseOutcome.AWAITING_APPROVAL;
  }

  /** Until when it waits for people's approval. */
  Optional<Instant> waitsUntil() {
    return now().question();
  }

  /** Whether an outcome of the other record ends the question of this one. */
  boolean isEndedBy(ActionRecord other) {
    boolean isSameName = action.equals(other.action) && target.startsWith(other.target + " (uid ");
    return isWaiting()
        && Stream.of(other.first, other.held, other.ended, other.answer)
            .flatMap(Optional::stream)
            .anyMatch(step -> step.ends(now(), isSameName));
  }

  /** A copy without its question; empty if it was only a question. */
  Optional<ActionRecord> withoutQuestion() {
    return first.isEmpty() && held.isEmpty() && ended.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ActionRecord(action, target, effect, first, held, ended, Optional.empty(), guards));
  }

  /** The state at that time, for people: an expired question no longer waits. */
  ActionRecord asOf(Instant now) {
    return waitsUntil()
        .filter(until -> until.isBefore(now))
        .map(
            until ->
                new ActionRecord(
                    action,
                    target,
                    effect,
                    first,
                    held,
                    ended,
                    answer.map(question -> question.unanswered(until)),
                    guards))
        .orElse(this);
  }

  /** The kind of its current state. A full record drops the last kind first. */
  enum Kind {
    /** A containment in force, a lease, or a question to people. */
    LIVE,
    /** It was taken and has ended, or it failed. */
    ENDED,
    /** It was never taken. */
    ANSWERED
  }

  /** Its current state. */
  Kind kind() {
    if (isWaiting() || (isInForce() && (contains() || leaseUntil().isPresent()))) {
      return Kind.LIVE;
    }
    return held.isPresent() || ended.isPresent() ? Kind.ENDED : Kind.ANSWERED;
  }

  /** Whether it is in force, and its effect cannot be verified. */
  public boolean isRequestedOnly() {
    return isInForce()
        && first
            .or(() -> held)
            .filter(step -> step.outcome() == ResponseOutcome.REQUESTED)
            .isPresent()
        && held.filter(step -> step.outcome() == ResponseOutcome.TAKEN).isEmpty();
  }

  /** The end of its lease, if it is in force and can be undone. */
  public Optional<Instant> leaseUntil() {
    return isInForce() ? held.flatMap(ActionStep::leaseUntil) : Optional.empty();
  }

  /**
   * Whether its release fails, so that the object stays contained after its lease. A failure with a
   * lease is one of the action: its effect is missing, or not enough.
   */
  public boolean isReleaseFailing() {
    return held.filter(step -> step.leaseUntil().isPresent())
        .flatMap(
            holding ->
                ended.filter(
                    step ->
                        step.outcome() == ResponseOutcome.FAILED
                            && step.leaseUntil().isEmpty()
                            && step.at().isAfter(holding.at())))
        .isPresent();
  }
}
