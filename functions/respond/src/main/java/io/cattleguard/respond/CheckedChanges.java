package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.ledger.Unverified;
import java.util.function.UnaryOperator;

/** Whether the check of an action may change something, asked right before each of its changes. */
final class CheckedChanges {
  private final UnaryOperator<Unverified> ask;
  private Unverified unverified;
  private boolean made;
  private boolean refused;

  /**
   * Creates the changes of one check.
   *
   * @param ask notes the change, and throws {@link Unavailable} if it must not be made
   */
  CheckedChanges(Unverified unverified, UnaryOperator<Unverified> ask) {
    this.unverified = unverified;
    this.ask = ask;
  }

  void before() {
    try {
      unverified = ask.apply(unverified);
      made = true;
    } catch (Unavailable e) {
      refused = true;
      throw e;
    }
  }

  /** The action, with the time of the last change. */
  Unverified unverified() {
    return unverified;
  }

  /** Whether something was changed, or may have been. */
  boolean isMade() {
    return made;
  }

  /** Whether a change was not made, so that the result of the check is no outcome of the action. */
  boolean isRefused() {
    return refused;
  }
}
