package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the action read.
 *
 * @param said the address or network that the alert names, if it names one
 * @param network that would be blocked
 * @param lists the listed ones of the network's family
 * @param own why addresses of the network are the account's own
 * @param block what would be blocked; empty if the alert does not say where
 */
record ObservedAddress(
    AwsScope scope,
    Optional<Cidr> said,
    Optional<Cidr> network,
    Fact<List<Listed>> lists,
    Fact<Optional<String>> own,
    Optional<AddressBlock> block)
    implements ObservedState {

  /** A list and what it is used for. */
  record Listed(Blocklist list, Blocklists.Uses uses) {}

  static ObservedAddress of(AwsScope scope, Alert alert, BlockAddress step) {
    String peer = alert.network().peer();
    Optional<Cidr> said = Optional.ofNullable(peer).flatMap(Cidr::parseNetworkOrAddress);
    Optional<Cidr> network = said.map(one -> around(one, step));
    String account = alert.target().account();
    String region = alert.target().region();
    Optional<Cidr> readable =
        network.filter(one -> account != null && region != null && isPublic(one));
    Fact<List<Listed>> lists =
        readable.isEmpty()
            ? new Fact.Known<>(List.of())
            : Fact.ask(() -> lists(scope, readable.get()));
    return new ObservedAddress(
        scope,
        said,
        network,
        lists,
        readable.isEmpty()
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.addresses().blocklists().own(readable.get())),
        account == null || region == null
            ? Optional.empty()
            : network.map(one -> new AddressBlock(account, region, one, arns(lists))));
  }

  /** What the step blocks around one address. What is wider stays, for a guard to object. */
  private static Cidr around(Cidr said, BlockAddress step) {
    int prefix = said.isIpv4() ? step.ipv4() : step.ipv6();
    return said.prefix() <= prefix ? said : Cidr.around(said.first(), prefix);
  }

  static boolean isPublic(Cidr network) {
    IpAddress first = network.first();
    return network.prefix() > 0 && first.isPublic();
  }

  private static List<Listed> lists(AwsScope scope, Cidr network) {
    Blocklists blocklists = scope.addresses().blocklists();
    List<Listed> lists = new ArrayList<>();
    for (ListArn arn : scope.addresses().listed()) {
      Blocklist list =
          blocklists
              .list(arn)
              .orElseThrow(() -> new Unavailable(arn.inWords() + " does not exist"));
      if (list.isIpv4() == network.isIpv4()) {
        lists.add(new Listed(list, blocklists.uses(arn)));
      }
    }
    return lists;
  }

  private static List<ListArn> arns(Fact<List<Listed>> lists) {
    return lists instanceof Fact.Known<List<Listed>> known
        ? known.value().stream().map(one -> one.list().arn()).toList()
        : List.of();
  }

  /** The lists that were read. */
  List<Listed> read() {
    return lists instanceof Fact.Known<List<Listed>> known ? known.value() : List.of();
  }

  @Override
  public Optional<AddressBlock> subject() {
    return block;
  }
}
