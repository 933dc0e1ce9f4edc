package io.cattleguard.app.board.page;

import java.util.List;
import java.util.Optional;

/**
 * What waits for people, and what is contained now.
 *
 * @param waitingTrouble why the list of waiting actions may be incomplete
 * @param heldTrouble why the list of containments may be incomplete
 */
public record Live(
    List<Waiting> waiting,
    Optional<String> waitingTrouble,
    List<Held> held,
    Optional<String> heldTrouble) {
  /** Copies the lists. */
  public Live {
    waiting = List.copyOf(waiting);
    held = List.copyOf(held);
  }

  /** Creates it from a snapshot. */
  public static Live of(Snapshot snapshot) {
    return new Live(
        Waiting.all(snapshot),
        snapshot.approvals().trouble(),
        Held.all(snapshot),
        snapshot.containments().trouble());
  }
}
