package io.cattleguard.learn;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A table in memory, which can fail, and into which another writer can write between two calls. */
public final class MapTable implements VersionedTable {
  private final Map<String, State> states = new TreeMap<>();
  private boolean away;
  private Runnable before = () -> {};

  /** From now on, it does not answer. */
  public void goAway() {
    away = true;
  }

  /** Another writer writes just before the next write. */
  public void inBetween(Runnable other) {
    before = other;
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.ofNullable(states.get(key));
  }

  @Override
  public Optional<State> read(String key) {
    return remembered(key);
  }

  @Override
  public List<State> readAll(Collection<String> keys) {
    return keys.stream().map(states::get).filter(state -> state != null).toList();
  }

  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    if (away) {
      throw new Unavailable("the table is away", new IllegalStateException());
    }
    Runnable other = before;
    before = () -> {};
    other.run();
    State known = states.getOrDefault(next.key(), new State(next.key(), 0, ""));
    if (known.version() != expectedVersion) {
      return Optional.of(known);
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
