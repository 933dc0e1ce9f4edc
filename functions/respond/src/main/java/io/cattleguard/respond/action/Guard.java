package io.cattleguard.respond.action;

import java.util.Optional;
import java.util.function.Function;

/**
 * A check before an action, which may object with a sentence for people. Changes nothing. An action
 * lists its own guards in {@link Action#guards}.
 *
 * @param name shown to people in the list of guards that were asked
 * @param <S> what the guard reads
 */
public record Guard<S extends ObservedState>(String name, Question<S> question) {

  /** The check itself. */
  @FunctionalInterface
  public interface Question<S extends ObservedState> {
    /** The objection, or empty. */
    Optional<Objection> objection(Situation<S> situation);
  }

  /** A guard whose objection refuses the action. */
  public static <S extends ObservedState> Guard<S> of(
      String name, Function<Situation<S>, Optional<String>> text) {
    return new Guard<>(name, situation -> text.apply(situation).map(Objection::refuses));
  }

  /** A guard whose objections are of several kinds. */
  public static <S extends ObservedState> Guard<S> asking(String name, Question<S> question) {
    return new Guard<>(name, question);
  }

  /** A guard whose objection is of that kind. */
  public static <S extends ObservedState> Guard<S> of(
      String name, Objection.Kind kind, Function<Situation<S>, Optional<String>> text) {
    return new Guard<>(
        name, situation -> text.apply(situation).map(one -> new Objection(one, kind)));
  }

  /** The same guard for an action that has read more. */
  public <T extends ObservedState> Guard<T> over(Function<T, S> part) {
    return new Guard<>(name, situation -> question.objection(situation.of(part)));
  }

  /** The objection, or empty. */
  public Optional<Objection> objection(Situation<S> situation) {
    return question.objection(situation);
  }
}
