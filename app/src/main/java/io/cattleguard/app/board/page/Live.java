package io.cattleguard.app.board.page;

import java.util.List;

/** What waits for people, and what is contained now. */
public record Live(List<Waiting> waiting, List<Held> held) {
  /** Copies the lists. */
  public Live {
    waiting = List.copyOf(waiting);
    held = List.copyOf(held);
  }

  /** Of that snapshot. */
  public static Live of(Snapshot snapshot) {
    return new Live(Waiting.all(snapshot), Held.all(snapshot));
  }
}
