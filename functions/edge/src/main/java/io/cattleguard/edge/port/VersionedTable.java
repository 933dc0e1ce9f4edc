package io.cattleguard.edge.port;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Small states by key, each replaced only by who knew the one before: the one thing that every
 * memory of ours asks of a database.
 *
 * <p>Each method that asks the database throws {@link Unavailable} where it does not answer.
 */
public interface VersionedTable {

  /**
   * A state.
   *
   * @param version counts the writes from 1; 0 says that there is none
   * @param text what it says, empty where there is none
   */
  record State(String key, long version, String text) {}

  /**
   * What was stored or seen last of a key, without asking anybody: a hint that may be stale or
   * missing, so that the next write mostly succeeds at once.
   */
  Optional<State> remembered(String key);

  /** What the table has of a key now. */
  Optional<State> read(String key);

  /**
   * What the table has of each of the keys, in no particular order; a key that is not there is left
   * out.
   */
  List<State> readAll(Collection<String> keys);

  /**
   * Stores a state if the table still has the one that it was made from.
   *
   * @param expectedVersion that one's version, 0 where there was none
   * @param expires when it may be deleted; housekeeping alone, and no decision rests on it
   * @return empty when stored; else what the table has now, version 0 where it has none
   */
  Optional<State> store(State next, long expectedVersion, Instant expires);

  /** Deletes a state; nothing happens where there is none. */
  void delete(String key);

  /** Every state whose key begins so; may read the whole table, and is for small ones. */
  List<State> scan(String prefix);
}
