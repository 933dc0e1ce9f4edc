package io.cattleguard.app.board.page;

import java.util.List;
import java.util.Optional;

/**
 * What waits for people, and what is contained now.
 *
 * @param waitingTrouble why more may wait than is known
 * @param heldTrouble why more may be contained than is known
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

  /** Of that snapshot. */
  public static Live of(Snapshot snapshot) {
    return new Live(
        Waiting.all(snapshot),
        snapshot.approvals().trouble(),
        Held.all(snapshot),
        snapshot.containments().trouble());
  }
}
