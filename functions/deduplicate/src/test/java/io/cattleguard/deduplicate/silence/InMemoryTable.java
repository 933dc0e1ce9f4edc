package io.cattleguard.deduplicate.silence;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A table in a map, which can fail and counts its calls. */
public final class InMemoryTable implements VersionedTable {
  private final Map<String, State> states = new TreeMap<>();

  /** Whether every call fails. */
  public boolean away;

  /** Whether reads of several states fail, as for a role that may only read one. */
  public boolean onlySingleReads;

  /** How often a state was read. */
  public int reads;

  private void call() {
    if (away) {
      throw new Unavailable("away");
    }
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.empty();
  }

  @Override
  public Optional<State> read(String key) {
    call();
    reads++;
    return Optional.ofNullable(states.get(key));
  }

  @Override
  public List<State> readAll(Collection<String> keys) {
    call();
    if (onlySingleReads) {
      throw new Unavailable("AccessDeniedException");
    }
    return keys.stream().map(states::get).filter(state -> state != null).toList();
  }

  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    call();
    State current = states.getOrDefault(next.key(), new State(next.key(), 0, ""));
    if (current.version() != expectedVersion) {
      return Optional.of(current);
    }
    states.put(next.key(), next);
    return Optional.empty();
  }

  @Override
  public void delete(String key) {
    call();
    states.remove(key);
  }

  @Override
  public List<State> scan(String prefix) {
    call();
    return states.values().stream().filter(state -> state.key().startsWith(prefix)).toList();
  }
}
