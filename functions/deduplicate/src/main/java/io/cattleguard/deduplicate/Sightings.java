package io.cattleguard.deduplicate;

import java.util.Optional;

/** Store of the problems' states, with compare-and-set writes. */
public interface Sightings {

  /** Returns the last known state of a problem. It is a hint that may be stale or missing. */
  Optional<Sighting> recall(String fingerprint);

  /**
   * Stores a state, unless another writer has stored one since.
   *
   * @param expectedVersion the version that the new state is based on, 0 for none
   * @return empty if stored; otherwise the state that is stored now, or {@link Sighting#none} if it
   *     was deleted
   * @throws StorageUnavailable if the store fails; the state may or may not be stored
   */
  Optional<Sighting> store(Sighting next, long expectedVersion);
}
