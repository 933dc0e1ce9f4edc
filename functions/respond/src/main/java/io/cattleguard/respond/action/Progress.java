package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;

/** How far an action has come. */
public sealed interface Progress {
  /**
   * It is over.
   *
   * @param explanation what happened, in a sentence for people
   * @param leased whether something is in force that its lease ends
   */
  record Done(ResponseOutcome outcome, String explanation, boolean leased) implements Progress {
    /** Nothing is in force that a lease would end. */
    public Done(ResponseOutcome outcome, String explanation) {
      this(outcome, explanation, false);
    }
  }

  /**
   * The effect does not show yet.
   *
   * @param state what the next look needs; it survives the process as JSON
   * @param otherwise what it came to, if no time is left; where that is not leased, the responder
   *     forgets what was remembered
   */
  record Pending(ObjectNode state, Done otherwise) implements Progress {}
}
