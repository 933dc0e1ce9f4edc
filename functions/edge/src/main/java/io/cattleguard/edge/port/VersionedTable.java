package io.cattleguard.edge.port;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A table of small states by key, with compare-and-set writes: all that the stores need from a
 * database.
 *
 * <p>Each method that calls the database throws {@link Unavailable} if it does not answer.
 */
public interface VersionedTable {

  /**
   * A state.
   *
   * @param version number of writes, from 1; 0 if there is no state
   * @param text the content; empty if there is none
   */
  record State(String key, long version, String text) {}

  /**
   * The cached state of a key, without a read. It may be stale or missing. Usually it lets the next
   * write succeed at the first attempt.
   */
  Optional<State> remembered(String key);

  /** Reads the current state of a key. */
  Optional<State> read(String key);

  /** Reads the current states of the keys, in no particular order; missing keys are omitted. */
  List<State> readAll(Collection<String> keys);

  /**
   * Stores a state if the table still has the expected version.
   *
   * @param expectedVersion the version that the new state is based on, 0 for none
   * @param expires when the item may be deleted; for clean-up only, no decision depends on it
   * @return empty if stored; otherwise the current state, with version 0 if there is none
   */
  Optional<State> store(State next, long expectedVersion, Instant expires);

  /**
   * Stores like {@link #store}, and lets {@link #listed} find the state.
   *
   * @param list the prefix of its key
   */
  default Optional<State> store(State next, long expectedVersion, Instant expires, String list) {
    return store(next, expectedVersion, expires);
  }

  /**
   * The states of a list, those that expire last first. Reads no others, and may lag behind writes
   * by a second.
   *
   * @param list the prefix of their keys
   * @param limit maximum number
   */
  default List<State> listed(String list, int limit) {
    return scan(list).stream().limit(limit).toList();
  }

  /** Deletes a state, if it exists. */
  void delete(String key);

  /**
   * Every state whose key has the prefix. May read the whole table, so use it only for small
   * tables.
   */
  List<State> scan(String prefix);
}
