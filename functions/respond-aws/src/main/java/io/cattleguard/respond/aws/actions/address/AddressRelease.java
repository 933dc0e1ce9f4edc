package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ends the block of an address: removes exactly the entries that the action added. */
final class AddressRelease {
  private AddressRelease() {}

  static Progress.Done of(Blocklists blocklists, AddressBlock block) {
    List<String> denied = new ArrayList<>();
    List<String> theirs = new ArrayList<>();
    int removed = 0;
    for (ListArn arn : block.lists()) {
      Optional<Blocklist> list = blocklists.list(arn);
      Optional<Blocklist.Entry> entry = list.flatMap(one -> one.entry(block.network()));
      if (entry.isEmpty()) {
        continue;
      }
      if (!arn.isIpSet() && !entry.get().note().startsWith(BlockAddress.NOTE)) {
        theirs.add(arn.inWords());
      } else if (blocklists.remove(list.orElseThrow(), block.network())
          instanceof Change.Denied no) {
        denied.add(arn.inWords() + ": " + no.reason());
      } else if (blocklists.list(arn).flatMap(one -> one.entry(block.network())).isPresent()) {
        denied.add(arn.inWords() + " still shows the entry");
      } else {
        removed++;
      }
    }
    if (!denied.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.FAILED, "the entry could not be removed: " + String.join("; ", denied));
    }
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        (removed == 0
                ? BlockAddress.said(block) + " was already removed"
                : BlockAddress.said(block)
                    + " was removed from "
                    + removed
                    + (removed == 1 ? " list" : " lists"))
            + (theirs.isEmpty()
                ? ""
                : "; somebody else's entry was left in " + String.join(", ", theirs)));
  }
}
