package io.cattleguard.route.digest;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table in memory. */
public final class MapTable implements VersionedTable {
  private final Map<String, State> states = new HashMap<>();
  private boolean away;
  private String damaged = "";

  int size() {
    return states.size();
  }

  /** Lets writes fail. */
  public void goAway() {
    away = true;
  }

  /** Lets reads of a key fail. */
  void damage(String key) {
    damaged = key;
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.empty();
  }

  @Override
  public Optional<State> read(String key) {
    if (key.equals(damaged)) {
      throw new Unavailable("away");
    }
    return Optional.ofNullable(states.get(key));
  }

  @Override
  public List<State> readAll(Collection<String> keys) {
    return keys.stream().map(states::get).filter(state -> state != null).toList();
  }

  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    if (away) {
      throw new Unavailable("away");
    }
    State current = states.getOrDefault(next.key(), new State(next.key(), 0, ""));
    if (current.version() != expectedVersion) {
      return Optional.of(current);
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
