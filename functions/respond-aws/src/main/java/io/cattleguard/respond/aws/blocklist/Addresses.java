package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import java.util.List;

/**
 * The settings for the addresses that an account blocks.
 *
 * @param listed the lists that responses may change
 * @param neverDeny networks of which no address is blocked
 */
public record Addresses(Blocklists blocklists, List<ListArn> listed, List<Cidr> neverDeny) {
  /** The value for a host without an account. */
  public static final Addresses NONE = new Addresses(new NoBlocklists(), List.of(), List.of());

  /** Copies the lists. */
  public Addresses {
    listed = List.copyOf(listed);
    neverDeny = List.copyOf(neverDeny);
  }

  /** A copy that blocks no address of these networks. */
  public Addresses neverDenying(List<Cidr> networks) {
    return new Addresses(blocklists, listed, networks);
  }
}
