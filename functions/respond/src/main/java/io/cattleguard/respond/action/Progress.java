package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;

/** The progress of an action. */
public sealed interface Progress {
  /**
   * The action has ended.
   *
   * @param explanation what happened, as a sentence for people
   * @param leased whether an effect is in force until the lease expires
   */
  record Done(ResponseOutcome outcome, String explanation, boolean leased) implements Progress {
    /** An end without an effect that a lease would end. */
    public Done(ResponseOutcome outcome, String explanation) {
      this(outcome, explanation, false);
    }

    /** A copy whose explanation starts with that text. */
    public Done saying(String before) {
      return new Done(outcome, before + explanation, leased);
    }

    /** A copy with or without an effect that is in force. */
    public Done leasedAs(boolean inForce) {
      return new Done(outcome, explanation, inForce);
    }
  }

  /**
   * The effect is not visible yet.
   *
   * @param state input of the next {@link Action#verify}, as JSON so that it survives a restart
   * @param otherwise the outcome if the time is up; unless it is leased, the responder deletes the
   *     undo record
   */
  record Pending(ObjectNode state, Done otherwise) implements Progress {}
}
