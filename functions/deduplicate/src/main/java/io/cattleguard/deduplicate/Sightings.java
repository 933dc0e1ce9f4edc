package io.cattleguard.deduplicate;

import java.util.Optional;

/**
 * What is remembered of each problem; written once per problem and batch, and only if unchanged.
 */
public interface Sightings {

  /**
   * The state last known of a problem: a hint that may be stale or missing, so that the first
   * attempt to store often succeeds.
   */
  Optional<Sighting> recall(String fingerprint);

  /**
   * Stores a state if nobody else has stored one since.
   *
   * @param expectedVersion the version the new state was made from, 0 where there was none
   * @return empty when stored; else the state that stands there now, {@link Sighting#none} where
   *     there is none any more
   * @throws StorageUnavailable where that cannot be said; it may have been stored
   */
  Optional<Sighting> store(Sighting next, long expectedVersion);
}
