package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import io.cattleguard.respond.aws.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Ends a quarantine: restores the previous state, unless a person changed it since. */
final class QuarantineRelease {
  private QuarantineRelease() {}

  /**
   * Restores the previous groups of each interface, then ends a standby of the quarantine. If a
   * person has changed the groups during the quarantine, nothing is changed, because that change is
   * newer than the ledger.
   */
  static Progress.Done release(Network network, Instance before) {
    String group = before.quarantine().orElseThrow();
    Optional<Instance> seen = network.instance(before.id());
    if (seen.isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the instance is gone");
    }
    List<Interface> changed = new ArrayList<>();
    List<Interface> toPutBack = new ArrayList<>();
    List<String> wereBack = new ArrayList<>();
    for (Interface had : before.interfaces()) {
      for (Interface has : seen.get().interfaces()) {
        if (!has.id().equals(had.id()) || !had.ours()) {
          continue;
        }
        // EC2 may still show the groups before the quarantine, so they are put back too.
        if (has.groups().equals(had.groups())) {
          wereBack.add(had.id());
        }
        if (has.isOnlyIn(group) || has.groups().equals(had.groups())) {
          toPutBack.add(had);
        } else {
          changed.add(has);
        }
      }
    }
    if (!changed.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "the security groups were changed since the quarantine, so this release changes none; now"
              + " "
              + inWords(changed)
              + "; before the quarantine "
              + before.groupsInWords()
              + Standby.left(before));
    }
    List<String> denied = new ArrayList<>();
    for (Interface one : toPutBack) {
      if (!one.isOnlyIn(group)
          && network.setGroups(one, one.groups()) instanceof Network.Change.Denied no
          && !(wereBack.contains(one.id()) && isBack(network, before, one))) {
        denied.add(one.inWords() + " (" + no.reason() + ")");
      }
    }
    return denied.isEmpty()
        ? seenToBeBack(network, before, group)
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "security groups could not be restored: " + String.join("; ", denied));
  }

  private static Progress.Done seenToBeBack(Network network, Instance before, String group) {
    List<Interface> still =
        network.instance(before.id()).map(Instance::interfaces).orElse(List.of()).stream()
            .filter(has -> has.isOnlyIn(group) && hadOthers(before, has, group))
            .toList();
    if (!still.isEmpty()) {
      throw new NotVisibleYet(
          "security groups were restored, but EC2 does not show it yet: " + inWords(still));
    }
    return Standby.leave(
        network,
        before,
        new Progress.Done(
            ResponseOutcome.RELEASED,
            "all interfaces have their previous security groups: " + before.groupsInWords()));
  }

  private static boolean isBack(Network network, Instance before, Interface had) {
    return network.instance(before.id()).stream()
        .flatMap(now -> now.interfaces().stream())
        .anyMatch(has -> has.id().equals(had.id()) && has.groups().equals(had.groups()));
  }

  private static boolean hadOthers(Instance before, Interface has, String group) {
    return before.interfaces().stream()
        .anyMatch(had -> had.id().equals(has.id()) && had.ours() && !had.isOnlyIn(group));
  }

  private static String inWords(List<Interface> interfaces) {
    return interfaces.stream().map(Interface::inWords).collect(Collectors.joining("; "));
  }
}
