package io.cattleguard.respond.aws.storage;

import java.util.Set;

/**
 * An account's storage.
 *
 * @param listed the names of the buckets that responses may change
 */
public record Storage(Buckets buckets, Snapshots snapshots, Set<String> listed) {
  /** The value for a host without an account. */
  public static final Storage NONE = new Storage(new NoStorage(), new NoStorage(), Set.of());

  /** Copies the set. */
  public Storage {
    listed = Set.copyOf(listed);
  }
}
