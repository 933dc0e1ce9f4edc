package io.cattleguard.score;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.edge.cidr.NetworkSet;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A list of bad peers.
 *
 * @param name for people: the file
 */
public record PeerList(String name, NetworkSet networks) {
  /** Above this, a list is an address registry rather than a list of bad peers. */
  private static final int LARGEST = 200_000;

  private static final int ERRORS = 5;

  /** A published list that contains more than this would mark much of the internet. */
  private static final int WIDEST_IPV4 = 8;

  private static final int WIDEST_IPV6 = 16;

  /**
   * Reads a file of the policy directory: an address or a network per line. Text after white space,
   * {@code #} or {@code ;} is a comment, as in published lists.
   *
   * @throws PolicyException naming the lines that are neither
   */
  static PeerList read(PolicyFiles files, PolicyNode name) {
    Set<Cidr> networks = new HashSet<>();
    List<PolicyError> errors = new ArrayList<>();
    String[] lines = files.text(name).split("\\R", -1);
    for (int i = 0; i < lines.length && errors.size() < ERRORS; i++) {
      String entry = entry(lines[i]);
      if (entry.isEmpty()) {
        continue;
      }
      Optional<Cidr> network = Cidr.parseNetworkOrAddress(entry);
      network.ifPresent(networks::add);
      String wrong =
          network.isEmpty()
              ? "expected an address or network such as 203.0.113.0/24, found '"
                  + HostileText.visible(entry, 60)
                  + "'"
              : network.filter(PeerList::isTooWide).isPresent()
                  ? "'" + entry + "' is wider than /8 (IPv6: /16)"
                  : networks.size() > LARGEST ? "more than " + LARGEST + " networks" : "";
      if (!wrong.isEmpty()) {
        errors.add(new PolicyError(name.text(), i + 1, wrong));
      }
      if (networks.size() > LARGEST) {
        break;
      }
    }
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    return new PeerList(name.text(), new NetworkSet(networks));
  }

  private static String entry(String line) {
    int end = 0;
    String text = line.strip();
    while (end < text.length()
        && !Character.isWhitespace(text.charAt(end))
        && "#;".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return text.substring(0, end);
  }

  private static boolean isTooWide(Cidr network) {
    return network.prefix() < (network.isIpv4() ? WIDEST_IPV4 : WIDEST_IPV6);
  }

  /**
   * Whether an address is on the list of a file. A local address never counts, because published
   * lists contain networks that are not routed on the internet.
   */
  boolean contains(IpAddress address) {
    return address.isPublic() && networks.contains(address);
  }
}
