package io.cattleguard.respond.aws.storage;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;

/**
 * The port to buckets. Each call names the account that must own the bucket, because a name that
 * was given up may be another account's.
 *
 * <p>Each method throws {@link Unavailable} if a retry may succeed.
 */
public interface Buckets {

  /** The bucket of that account with that name; empty if it has none. */
  Optional<Bucket> bucket(String account, String name);

  /** Gives the bucket exactly the settings that it names, or none. Idempotent. */
  Change set(Bucket bucket);
}
