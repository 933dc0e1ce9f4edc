package io.cattleguard.edge.cidr;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Many networks. A lookup takes one step per prefix length, however many networks there are. */
public final class NetworkSet {
  private final Map<Integer, Set<Cidr>> byPrefix = new HashMap<>();

  /** Creates a set of these networks. */
  public NetworkSet(Collection<Cidr> networks) {
    for (Cidr network : networks) {
      byPrefix.computeIfAbsent(network.prefix(), prefix -> new HashSet<>()).add(network);
    }
  }

  /** Whether a network contains the address. */
  public boolean contains(IpAddress address) {
    return byPrefix.entrySet().stream()
        .anyMatch(
            same ->
                same.getKey() <= address.bytes().length * Byte.SIZE
                    && same.getValue().contains(Cidr.around(address, same.getKey())));
  }
}
