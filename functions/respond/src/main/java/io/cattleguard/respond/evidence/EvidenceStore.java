package io.cattleguard.respond.evidence;

import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The port to a store whose objects are written once and never changed.
 *
 * <p>Each method throws {@link Unavailable} if the store does not answer.
 */
public interface EvidenceStore {

  /**
   * Stores an object, unless there is one with that key.
   *
   * @param key parts of letters, digits, dots, hyphens and underscores, separated by slashes
   * @return whether it was stored; if not, the stored object has not been changed
   */
  boolean put(String key, byte[] content);

  /** The object with that key. */
  Optional<byte[]> get(String key);

  /** The keys that begin with this folder, sorted. */
  List<String> keys(String folder);

  /**
   * The same store, whose calls together end within that time; then they are {@link Unavailable}.
   */
  default EvidenceStore within(Duration time) {
    return this;
  }
}
