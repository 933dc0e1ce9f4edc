package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import java.util.List;
import java.util.Optional;

/**
 * A list of networks, as it was read.
 *
 * @param isIpv4 whether its networks are of IPv4; a list has one family
 * @param capacity maximum number of entries
 * @param version changes with each change of the list
 */
public record Blocklist(
    ListArn arn, boolean isIpv4, List<Entry> entries, int capacity, String version) {
  /**
   * A network in the list.
   *
   * @param note who added it; empty in an IP set, which has no notes
   */
  public record Entry(Cidr network, String note) {}

  /** Copies the list. */
  public Blocklist {
    entries = List.copyOf(entries);
  }

  /** Whether an entry contains the whole network. */
  public boolean covers(Cidr network) {
    return entries.stream().anyMatch(one -> one.network().contains(network));
  }

  /** The entry of exactly that network. */
  public Optional<Entry> entry(Cidr network) {
    return entries.stream().filter(one -> one.network().equals(network)).findFirst();
  }
}
