package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ledger.Containment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One containment action with the settings of a playbook's step. Everything specific to an action
 * is in its class; {@link Responder} knows no action by name.
 *
 * <p>The constructor without parameters uses the default settings. The responder calls, in this
 * order: {@link #look}, the guards, {@link #concurrencyLimits}, {@link #take}, {@link #verify}
 * until it returns {@link Progress.Done}, and later {@link #release}. A method that calls the
 * place's API may throw {@link Unavailable}.
 *
 * @param <P> the place in which the action is taken: a cluster, an account
 * @param <S> what the action reads there before the decision
 */
public interface Action<P, S extends ObservedState> {

  /** The name in playbooks and events, verb and object: {@code isolate-pod}. */
  String name();

  /** The type of place that the action needs. */
  Class<P> place();

  /**
   * The same action with the settings of a playbook's step.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line, for an unknown key or a
   *     wrong value
   */
  Action<P, S> with(PolicyNode settings);

  /** How long the effect lasts; empty if the action cannot be undone. */
  default Optional<Duration> lease() {
    return Optional.empty();
  }

  /**
   * What it does to an attack on its object. Events state it, so a message says that an object is
   * contained only for an action that contains it. An action without an effect uses up no budget of
   * containments, and its failures do not open the circuit breaker.
   */
  Effect effect();

  /**
   * Reads the objects that the alert names. Changes nothing. A failed read becomes {@link
   * Fact.Unknown}.
   */
  S look(P place, ScoredAlert scored);

  /**
   * The guards of this action in addition to those of every action, in the order of their
   * objections.
   */
  List<Guard<S>> guards();

  /** Limits on how many actions of a kind may run at once; the action needs a place in each. */
  default List<ConcurrencyLimit> concurrencyLimits(S observed) {
    return List.of();
  }

  /**
   * Takes the action on the observed subject, once. Does not wait.
   *
   * @param undo stores what an undo needs, before anything is changed
   */
  Progress take(P place, S observed, UndoRecord undo);

  /**
   * Checks the effect once, and may repeat a change that had no effect. Does not wait.
   *
   * @param state of the last {@link Progress.Pending}
   * @param since time since the action was taken
   */
  Progress verify(P place, JsonNode state, UndoRecord undo, Duration since);

  /**
   * Whether {@link #verify} may repeat a change. Then it is not called while the kill switch is on.
   */
  default boolean repeatsChanges() {
    return false;
  }

  /** The longest pause between two calls of {@link #verify}. */
  default Duration longestPause() {
    return Duration.ofSeconds(1);
  }

  /**
   * The outcome of an attempt that was killed between {@link #take} and its settlement, if the
   * guards now object to repeating it.
   *
   * @param uid of the claimed object
   * @return empty if the outcome is unknown
   */
  default Optional<Progress.Done> interrupted(P place, S observed, String uid, UndoRecord undo) {
    return Optional.empty();
  }

  /**
   * Undoes the action.
   *
   * @param subject as {@link UndoRecord#remember} wrote it
   * @return {@code released}; {@code failed}, which is retried; or {@code refused}, which needs a
   *     person
   * @throws NotVisibleYet if the change was accepted and does not show yet
   */
  default Progress.Done release(P place, JsonNode subject) {
    throw new IllegalStateException(name() + " has nothing to undo");
  }

  /**
   * The effect of a containment, if others of this action may have the same one, such as those of
   * two equal rules of a security group: the release of one of them would end the effect of all.
   *
   * @param subject as {@link UndoRecord#remember} wrote it
   */
  default Optional<String> sharedEffect(JsonNode subject) {
    return Optional.empty();
  }

  /**
   * Why the effect must outlast its lease until a person undoes it, such as that of a leaked
   * credential; empty if it ends with its lease. Asked when the lease ends.
   *
   * @param subject as {@link UndoRecord#remember} wrote it
   */
  default Optional<String> outlasts(P place, JsonNode subject) {
    return Optional.empty();
  }

  /**
   * Whether the effect of an action that was taken is still there.
   *
   * @param subject as {@link UndoRecord#remember} wrote it, or {@link Subject#toJson}
   */
  default boolean holds(P place, JsonNode subject) {
    return true;
  }

  /**
   * Whether something else has ended the effect of an action that was taken, or a part of it. Of an
   * object that does not exist any more nothing is left to contain.
   *
   * @param subject as {@link UndoRecord#remember} wrote it
   */
  default boolean isUndone(P place, JsonNode subject) {
    return !holds(place, subject);
  }

  /**
   * How long after a change the place may still show an older state. During this time a missing
   * effect does not mean that it was undone.
   */
  default Duration settling() {
    return Duration.ZERO;
  }

  /**
   * How long after a change an effect must be seen that may be the effect of an earlier containment
   * of the object.
   */
  default Duration settled() {
    return Duration.ZERO;
  }

  /**
   * How often within a day the action is taken again on an object on which a person or a controller
   * undid it. After that it is left to people.
   */
  default int retakes() {
    return 1;
  }

  /**
   * Whether what the action changed is still there, also if the place gives it no effect, such as a
   * network plugin that enforces no policies.
   *
   * @param subject as {@link UndoRecord#remember} wrote it
   */
  default boolean isInPlace(P place, JsonNode subject) {
    return holds(place, subject);
  }

  /**
   * Whether {@link #isInPlace} may be true after the action has failed, because its effect is not
   * enough. Only then a missing effect means that something undid it.
   */
  default boolean failsInPlace() {
    return false;
  }

  /**
   * The name of the action to take instead, when this one was taken too often on a workload whose
   * replacements raise alerts again.
   */
  default Optional<String> escalation() {
    return Optional.empty();
  }

  /** Whether this action undoes that containment. */
  default boolean undoes(Containment containment) {
    return containment.action().equals(name());
  }

  /**
   * Every API permission that the methods need. Manifests and IAM policies are generated from them.
   */
  List<Permission> permissions();

  /** The object that the alert names, as text, for an object that was not found. */
  String named(Target target);

  /**
   * The object that the alert names, as text. Some outcomes are reported once per object, so an
   * object that the target does not name, such as a peer, needs a name of its own.
   */
  default String named(Alert alert) {
    return named(alert.target());
  }

  /** An exact object, as text; the object may no longer exist. */
  String inWords(Target target, String uid);

  /**
   * An action whose effect ends with a lease.
   *
   * @param <P> the place in which the action is taken
   * @param <S> what the action reads there before the decision
   */
  interface Leased<P, S extends ObservedState> extends Action<P, S> {
    /** The time after which the action is undone. */
    Duration leaseTime();

    @Override
    default Optional<Duration> lease() {
      return Optional.of(leaseTime());
    }
  }
}
