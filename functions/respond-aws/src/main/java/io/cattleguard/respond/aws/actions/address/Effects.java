package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import io.cattleguard.respond.aws.blocklist.ListArn;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The effect of the lists that contain an entry. An entry alone blocks nothing. */
final class Effects {
  private final String unseen;
  private final Set<String> blocking = new LinkedHashSet<>();
  private final Set<String> idle = new LinkedHashSet<>();
  private final Set<String> unclear = new LinkedHashSet<>();

  /**
   * The effect without a list.
   *
   * @param unseen why no web ACL sees the connection of the alert; empty if one may
   */
  Effects(String unseen) {
    this.unseen = unseen;
  }

  void add(ListArn list, Uses uses) {
    blocking.addAll(uses.blocking());
    unclear.addAll(uses.unclear());
    idle.addAll(uses.idle());
    if (uses.isIdle() && uses.idle().isEmpty()) {
      idle.add(list.inWords() + ", because " + ObservedAddress.idle(uses));
    }
  }

  /**
   * Failed if no list blocks anything. Never {@code taken}: the entry also answers each later alert
   * about the address, and traffic to an instance passes no web ACL.
   */
  ResponseOutcome outcome() {
    return blocking.isEmpty() && unclear.isEmpty()
        ? ResponseOutcome.FAILED
        : ResponseOutcome.REQUESTED;
  }

  /** The texts about what is blocked, and what is not. */
  String inWords() {
    List<String> said = new ArrayList<>();
    if (blocking.isEmpty()) {
      said.add(
          unclear.isEmpty()
              ? "nothing blocks with these lists"
              : "no web ACL was seen that blocks with these lists");
    } else {
      said.add("web requests are blocked by " + String.join(", ", blocking));
      if (!unseen.isEmpty()) {
        said.add("that does not stop this attack: " + unseen);
      }
    }
    if (!unclear.isEmpty()) {
      said.add("not known whether it blocks: " + String.join("; ", unclear));
    }
    if (!idle.isEmpty()) {
      said.add("without effect: " + String.join("; ", idle));
    }
    return "; " + String.join("; ", said);
  }
}
