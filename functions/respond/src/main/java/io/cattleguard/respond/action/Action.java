package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One way to contain something, with the settings of a playbook's step. One class per action holds
 * everything that is particular to it; {@link Responder} knows the order and no action by name.
 *
 * <p>The constructor without parameters makes it with its default settings. The responder calls, in
 * this order: {@link #look}, the guards, {@link #room}, {@link #take}, {@link #verify} until it
 * answers {@link Progress.Done}, and later {@link #release}. A method that asks the place may throw
 * {@link Unavailable}.
 *
 * @param <P> the place where it acts: a cluster, an account
 * @param <S> what it sees there before a decision is made
 */
public interface Action<P, S extends Sight> {

  /** Its name in playbooks and events: a verb and its object, {@code isolate-pod}. */
  String name();

  /** The type of the place that it needs. */
  Class<P> place();

  /**
   * The same action with the settings of a playbook's step.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line, for an unknown key or a
   *     wrong value
   */
  Action<P, S> with(PolicyNode settings);

  /** How long its effect lasts; empty where nothing can be undone. */
  default Optional<Duration> lease() {
    return Optional.empty();
  }

  /** Looks up what the alert names. Changes nothing; what cannot be read is an unknown fact. */
  S look(P place, ScoredAlert scored);

  /** The guards that it adds to those of every action, in the order of their objections. */
  List<Guard<S>> guards();

  /** How many of its kind may be under way at once; empty where any number may. */
  default Optional<Room> room(S sight) {
    return Optional.empty();
  }

  /**
   * Acts on the subject of the sight, once. Does not wait.
   *
   * @param memo where it writes down what an undo needs, before it changes anything
   */
  Progress take(P place, S sight, Memo memo);

  /**
   * Looks once whether the effect shows, and may repeat what did not take. Does not wait.
   *
   * @param state of the last {@link Progress.Pending}
   * @param since how long ago the action was taken
   */
  Progress verify(P place, JsonNode state, Memo memo, Duration since);

  /** The longest pause between two calls of {@link #verify}. */
  default Duration longestPause() {
    return Duration.ofSeconds(1);
  }

  /**
   * What an attempt came to that was killed between {@link #take} and its record, and that may not
   * go on now.
   *
   * @param uid of the object that was claimed
   * @return empty where nothing can be concluded
   */
  default Optional<Progress.Done> interrupted(P place, S sight, String uid, Memo memo) {
    return Optional.empty();
  }

  /**
   * Undoes it.
   *
   * @param subject as {@link Memo#remember} wrote it
   * @return {@code released}; {@code failed}, which is retried; or {@code refused}, which is left
   *     to people
   */
  default Progress.Done release(P place, JsonNode subject) {
    throw new IllegalStateException(name() + " has nothing to undo");
  }

  /** Whether it undoes that containment. */
  default boolean undoes(Ledger.Containment containment) {
    return containment.action().equals(name());
  }

  /** All that its methods ask of the place's API. The manifests and policies come from here. */
  List<Permission> permissions();

  /** What the alert names, in words, where it was not found. */
  String named(Target target);

  /** One exact object, which may be gone, in words. */
  String inWords(Target target, String uid);
}
