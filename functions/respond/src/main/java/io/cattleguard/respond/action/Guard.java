package io.cattleguard.respond.action;

import java.util.Optional;

/**
 * Speaks against an action, in a sentence for people, or is silent. Never changes anything. An
 * action names the guards that apply to it in {@link Action#guards}.
 *
 * @param name under which people are told that it was asked
 * @param oldNews whether its objection means that the alert may only be observed
 * @param <S> what it has to see
 */
public record Guard<S extends Sight>(String name, boolean oldNews, Question<S> question) {

  /** What it asks. */
  @FunctionalInterface
  public interface Question<S extends Sight> {
    /** The objection, or empty where there is none. */
    Optional<String> objection(Situation<S> situation);
  }

  /** A guard whose objection refuses the action. */
  public static <S extends Sight> Guard<S> of(String name, Question<S> question) {
    return new Guard<>(name, false, question);
  }

  /** A guard whose objection turns an enforcing playbook into an observing one. */
  static <S extends Sight> Guard<S> ofOldNews(String name, Question<S> question) {
    return new Guard<>(name, true, question);
  }

  /** The objection, or empty where this guard has none. */
  public Optional<String> objection(Situation<S> situation) {
    return question.objection(situation);
  }
}
