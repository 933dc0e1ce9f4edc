package io.cattleguard.deduplicate;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What makes alerts grave, as bits, so that alerts of one problem can be compared. A bit means that
 * severity or a higher one, a fact about process, connection or file, or one of the problem's MITRE
 * ids and traits. There are at most 64, so a problem cannot become graver more often than that,
 * whatever an attacker varies.
 *
 * @param bits what was seen
 * @param traits hashes of the MITRE ids and traits that were seen in the problem; their order gives
 *     them their bits
 */
record EscalationLevel(long bits, List<Integer> traits) {
  /** Nothing was seen, or an earlier version stored the problem. */
  static final EscalationLevel NONE = new EscalationLevel(0, List.of());

  // One bit per severity comes first.
  private static final int SHELL = 6;
  private static final int PEER = 7;
  private static final int PUBLIC_PEER = 8;
  private static final int INBOUND = 9;
  private static final int OUTBOUND = 10;
  private static final int FILE = 11;
  private static final int TRAITS = 16;

  /** Shells, because one program such as busybox may be many things. */
  private static final Set<String> SHELLS =
      Set.of("sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "pwsh");

  /** Copies the list. */
  EscalationLevel {
    traits = List.copyOf(traits);
  }

  /** Whether anything was seen. Every alert has a bit, because no severity counts as medium. */
  boolean isKnown() {
    return bits != 0;
  }

  /** Whether this has a bit that is not among those. */
  boolean exceeds(long known) {
    return (bits & ~known) != 0;
  }

  /** Both together. */
  EscalationLevel and(EscalationLevel alert) {
    return alert.exceeds(bits) ? new EscalationLevel(bits | alert.bits, alert.traits) : this;
  }

  /** The gravity of an alert of this problem. */
  EscalationLevel of(Alert alert) {
    Severity severity = alert.severity() == null ? Severity.MEDIUM : alert.severity();
    long of = (1L << severity.ocsfId()) - 1;
    String process = alert.process().name();
    of |= bit(SHELL, process != null && SHELLS.contains(process));
    of |= bit(FILE, alert.file() != null);
    ObservedConnection network = alert.network();
    String peer = network.peer();
    of |= bit(PEER, peer != null);
    of |= bit(PUBLIC_PEER, peer != null && isPublic(peer));
    of |= bit(INBOUND, "inbound".equals(network.direction()));
    of |= bit(OUTBOUND, "outbound".equals(network.direction()));
    List<Integer> known = traits;
    for (List<String> ids : List.of(alert.techniques(), alert.tactics(), alert.traits())) {
      for (String id : ids) {
        int hash = id.hashCode();
        int position = position(hash, known);
        if (position < 0 && known.size() < Long.SIZE - TRAITS) {
          known = new ArrayList<>(known);
          known.add(hash);
          position = known.size() - 1;
        }
        of |= bit(TRAITS + position, position >= 0);
      }
    }
    return new EscalationLevel(of, known);
  }

  private static long bit(int position, boolean isSet) {
    return isSet ? 1L << position : 0;
  }

  private static int position(int hash, List<Integer> known) {
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i).intValue() == hash) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isPublic(String peer) {
    return !peer.startsWith("127.")
        && !peer.startsWith("169.254.")
        && !peer.startsWith("fe80:")
        && !peer.equals("::1")
        && IpAddress.parse(peer).filter(address -> !address.isPrivate()).isPresent();
  }
}
