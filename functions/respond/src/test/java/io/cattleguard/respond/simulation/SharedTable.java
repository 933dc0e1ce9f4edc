package io.cattleguard.respond.simulation;

import io.cattleguard.edge.port.VersionedTable;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A table in memory that several responders share. A conditional write fails now and then although
 * the state is the same: another writer has stored it again in between.
 */
final class SharedTable implements VersionedTable {
  private final Map<String, State> states = new TreeMap<>();
  private final BooleanSupplier contended;

  SharedTable(BooleanSupplier contended) {
    this.contended = contended;
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.empty();
  }

  @Override
  public Optional<State> read(String key) {
    return Optional.ofNullable(states.get(key));
  }

  @Override
  public List<State> readAll(Collection<String> keys) {
    return keys.stream().map(states::get).filter(state -> state != null).toList();
  }

  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    State before = states.get(next.key());
    if (before != null && contended.getAsBoolean()) {
      before = new State(before.key(), before.version() + 1, before.text());
      states.put(before.key(), before);
    }
    if ((before == null ? 0 : before.version()) != expectedVersion) {
      return Optional.of(before == null ? new State(next.key(), 0, "") : before);
    }
    states.put(next.key(), next);
    return Optional.empty();
  }

  @Override
  public void delete(String key) {
    states.remove(key);
  }

  @Override
  public List<State> scan(String prefix) {
    return states.values().stream().filter(state -> state.key().startsWith(prefix)).toList();
  }
}
