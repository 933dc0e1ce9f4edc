package io.cattleguard.models;

import java.util.Optional;

/** Knows the services behind addresses, such as {@link ClusterFacts}. */
@FunctionalInterface
public interface Peers {
  /** Knows no entries. */
  Peers UNKNOWN = address -> Optional.empty();

  /** The service of an address, as {@code namespace/name}. */
  Optional<String> service(String address);
}
