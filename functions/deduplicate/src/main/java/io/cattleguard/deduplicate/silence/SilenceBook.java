package io.cattleguard.deduplicate.silence;

import java.time.Instant;

/** Where the silences of a deployment are found. */
@FunctionalInterface
public interface SilenceBook {
  /** No silences. */
  SilenceBook EMPTY = now -> Silences.NONE;

  /**
   * The silences that hide alerts at that time. A store that does not answer hides nothing that it
   * has not answered before, because a copy too many is better than an unseen alert.
   */
  Silences activeAt(Instant now);
}
