package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The items of a ledger in a table. Every write is conditional on the version that was read. */
final class LedgerItems {
  /** How long an item is kept after the time that its writer names. */
  static final Duration KEPT = Duration.ofDays(30);

  /** Attempts against concurrent writers. */
  static final int ATTEMPTS = 20;

  private final VersionedTable table;

  LedgerItems(VersionedTable table) {
    this.table = table;
  }

  Optional<State> read(String pk) {
    return asking(() -> table.read(pk));
  }

  List<State> readAll(List<String> pks) {
    return asking(() -> table.readAll(pks));
  }

  List<State> scan(String prefix) {
    return asking(() -> table.scan(prefix));
  }

  void overwrite(String pk, ObjectNode next, Instant at) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = read(pk);
      if (store(pk, before, next, at)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /** Whether no other writer came in between. */
  boolean store(String pk, Optional<State> before, ObjectNode next, Instant at) {
    State state = state(pk, before, next);
    return asking(() -> table.store(state, state.version() - 1, expires(at)).isEmpty());
  }

  /** Stores like {@link #store}, and lists the item under the beginning of its key. */
  boolean store(String pk, Optional<State> before, ObjectNode next, Instant at, String list) {
    State state = state(pk, before, next);
    return asking(() -> table.store(state, state.version() - 1, expires(at), list).isEmpty());
  }

  List<State> listed(String list, int limit) {
    return asking(() -> table.listed(list, limit));
  }

  private static State state(String pk, Optional<State> before, ObjectNode next) {
    return new State(pk, before.map(State::version).orElse(0L) + 1, next.toString());
  }

  private static Instant expires(Instant at) {
    return at.equals(Instant.MAX) ? Instant.parse("2100-01-01T00:00:00Z") : at.plus(KEPT);
  }

  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (Unavailable e) {
      throw new Unavailable("ledger unavailable: " + e.getMessage(), e);
    }
  }
}
