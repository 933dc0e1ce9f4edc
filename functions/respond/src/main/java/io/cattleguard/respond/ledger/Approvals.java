package io.cattleguard.respond.ledger;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The questions to people whether an action may be taken; per action and object at most one is
 * open.
 *
 * <p>Each method throws {@link io.cattleguard.edge.port.Unavailable} if the ledger does not answer.
 */
public interface Approvals {
  /**
   * Asks, unless a question about that action and object is open, or this one was asked before.
   *
   * @return the stored question
   */
  Approval ask(Approval question);

  /** The latest question about an action and object. */
  Optional<Approval> about(Ledger.Key key);

  /** The question with that id, unless a later one about the same object has replaced it. */
  Optional<Approval> named(String id);

  /**
   * Changes a question. Of concurrent changes none is lost.
   *
   * @return the stored question after the change; empty if none has that id
   */
  Optional<Approval> change(String id, UnaryOperator<Approval> change);

  /** The open questions, oldest first. Reads an index of the open ones, not the history. */
  List<Approval> open();

  /** The ids of the open questions that {@link #open} could not read. They stay in the ledger. */
  default List<String> unreadable() {
    return List.of();
  }
}
