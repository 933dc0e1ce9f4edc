package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The base of an action with one change of one resource that the service may show only later: it
 * stores the state before, makes the change once, and reads the resource until the change is
 * visible.
 *
 * @param <S> what the action reads
 */
interface LeasedAction<S extends ObservedState> extends Action.Leased<AwsScope, S> {
  /** The setting of the lease. */
  String LEASE = "lease";

  /** The same action with another lease. */
  LeasedAction<S> lasting(Duration time);

  /** The texts of the outcomes. */
  Wording wording();

  /**
   * The texts of an action's outcomes.
   *
   * @param service that makes the change, {@code IAM}
   * @param attempt {@code attempt to deactivate the access key}
   * @param effect {@code the access key is inactive}, as a sentence
   * @param missing {@code the access key is still active}, as a sentence
   * @param gone {@code the access key was already deleted}, as a sentence
   * @param caveat what the effect does not cover
   */
  record Wording(
      String service, String attempt, String effect, String missing, String gone, String caveat) {}

  @Override
  default Class<AwsScope> place() {
    return AwsScope.class;
  }

  @Override
  default Action<AwsScope, S> with(PolicyNode settings) {
    return lasting(
        settings.mapping(LEASE).optional(LEASE).map(PolicyNode::duration).orElse(leaseTime()));
  }

  @Override
  default Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  @Override
  default Duration settling() {
    return AwsScope.SETTLING;
  }

  @Override
  default Duration settled() {
    return AwsScope.SETTLED;
  }

  /**
   * Stores the state before the change, and makes it.
   *
   * @param begunBefore whether an earlier attempt may have made it, and its state is stored
   */
  default Progress change(
      Subject before, boolean begunBefore, UndoRecord undo, Supplier<Change> change) {
    undo.remember(before);
    Change made;
    try {
      made = change.get();
    } catch (Unavailable e) {
      return pending(before.toJson(), "; " + wording().service() + " answered: " + e.getMessage());
    }
    return switch (made) {
      case Change.Made yes -> pending(before.toJson(), "");
      case Change.Denied no -> {
        // An earlier attempt may have made the change, which may not be visible yet.
        if (!begunBefore) {
          undo.forget();
        }
        yield new Progress.Done(ResponseOutcome.FAILED, "not taken: " + no.reason(), begunBefore);
      }
      case Change.Gone gone -> gone(undo);
    };
  }

  /** The outcome if the resource no longer exists. */
  default Progress.Done gone(UndoRecord undo) {
    undo.forget();
    return new Progress.Done(ResponseOutcome.TAKEN, "nothing to do: " + wording().gone());
  }

  /** Whether the resource no longer exists. */
  default boolean isGone(AwsScope scope, JsonNode before) {
    return false;
  }

  /** The outcome if the change is not visible yet. */
  default Progress pending(JsonNode before, String otherwise) {
    ObjectNode state = JsonNodeFactory.instance.objectNode().put("otherwise", otherwise);
    state.set("before", before);
    return new Progress.Pending(
        state, new Progress.Done(ResponseOutcome.FAILED, wording().missing() + otherwise, true));
  }

  /** The outcome if the change is still not visible. */
  default Progress stillPending(JsonNode state) {
    return pending(state.path("before"), state.path("otherwise").asText());
  }

  /** The state before the change, as {@link #pending} stored it. */
  static JsonNode before(JsonNode state) {
    return state.path("before");
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  default Optional<Progress.Done> interrupted(
      AwsScope scope, S observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(
            before -> {
              if (isGone(scope, before)) {
                return gone(undo);
              }
              if (holds(scope, before)) {
                return new Progress.Done(
                    ResponseOutcome.TAKEN,
                    wording().effect()
                        + "; the "
                        + wording().attempt()
                        + " was interrupted; "
                        + wording().caveat(),
                    true);
              }
              undo.forget();
              return new Progress.Done(
                  ResponseOutcome.FAILED,
                  "not taken: the "
                      + wording().attempt()
                      + " was interrupted, and "
                      + wording().missing());
            });
  }
}
