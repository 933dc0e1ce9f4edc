package io.cattleguard.respond.action;

import java.util.Optional;

/**
 * A check before an action, which may object with a sentence for people. Changes nothing. An action
 * lists its own guards in {@link Action#guards}.
 *
 * @param name shown to people in the list of guards that were asked
 * @param oldNews whether its objection means that the alert is only observed
 * @param <S> what the guard reads
 */
public record Guard<S extends Sight>(String name, boolean oldNews, Question<S> question) {

  /** The check itself. */
  @FunctionalInterface
  public interface Question<S extends Sight> {
    /** The objection, or empty. */
    Optional<String> objection(Situation<S> situation);
  }

  /** A guard whose objection refuses the action. */
  public static <S extends Sight> Guard<S> of(String name, Question<S> question) {
    return new Guard<>(name, false, question);
  }

  /** A guard whose objection makes an enforcing playbook only observe. */
  static <S extends Sight> Guard<S> ofOldNews(String name, Question<S> question) {
    return new Guard<>(name, true, question);
  }

  /** The objection, or empty. */
  public Optional<String> objection(Situation<S> situation) {
    return question.objection(situation);
  }
}
