package io.cattleguard.app.check;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.cidr.IpAddress;
import java.util.Optional;

/** A network that is written as an address within it: it is the whole network. */
final class HostBits {
  private HostBits() {}

  /** What to write instead; empty if the text is a network by its first address, or none. */
  static Optional<String> in(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? Optional.empty()
        : Cidr.parse(text)
            .filter(
                network ->
                    IpAddress.parse(text.substring(0, slash))
                        .filter(address -> !address.equals(network.first()))
                        .isPresent())
            .map(
                network ->
                    "'"
                        + text
                        + "' is the whole network; write "
                        + network.first()
                        + text.substring(slash)
                        + ", or "
                        + text.substring(0, slash)
                        + " for the address alone");
  }
}
