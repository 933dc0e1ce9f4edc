package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.List;
import java.util.Optional;

/**
 * The port to the lists of blocked addresses of an account in one region, and to the account's own
 * addresses.
 *
 * <p>Each method throws {@link Unavailable} if a retry may succeed.
 */
public interface Blocklists {

  /** The list; empty if it does not exist. */
  Optional<Blocklist> list(ListArn arn);

  /** The uses of the list, and the effect of an entry with that network. */
  Uses uses(ListArn arn, Cidr network);

  /**
   * Why addresses of that network are the account's own or those of a service of AWS; empty if no
   * address of it is.
   */
  Optional<String> own(Cidr network);

  /**
   * Adds an entry, if the list is as it was read. A list that was changed meanwhile is {@link
   * Unavailable}.
   *
   * @param note kept where entries have notes
   */
  Change add(Blocklist read, Cidr network, String note);

  /** Removes exactly that entry, if the list is as it was read. */
  Change remove(Blocklist read, Cidr network);

  /**
   * What a list is used for.
   *
   * @param allowing the rules that allow or exempt the list's addresses: an entry would open a path
   * @param blocking the rules that block the list's addresses
   * @param idle the rules that would block them, and why they have no effect
   * @param unclear the rules that may block them, and why that is unknown
   */
  record Uses(
      List<String> allowing, List<String> blocking, List<String> idle, List<String> unclear) {
    /** Copies the lists. */
    public Uses {
      allowing = List.copyOf(allowing);
      blocking = List.copyOf(blocking);
      idle = List.copyOf(idle);
      unclear = List.copyOf(unclear);
    }

    /** A use without unknown parts. */
    public Uses(List<String> allowing, List<String> blocking) {
      this(allowing, blocking, List.of(), List.of());
    }

    /** Whether an entry in the list certainly blocks nothing. */
    public boolean isIdle() {
      return blocking.isEmpty() && unclear.isEmpty();
    }
  }
}
