package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
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
 * The state that the action read.
 *
 * @param said the address or network that the alert names, if it names one
 * @param network that would be blocked
 * @param lists the listed ones of the network's family that can be used
 * @param leftOut why other lists cannot be used
 * @param own why addresses of the network are the account's own
 * @param block what would be blocked; empty if the alert does not say where
 * @param unseen why no web ACL sees the connection of the alert; empty if one may
 */
record ObservedAddress(
    AwsScope scope,
    Optional<Cidr> said,
    Optional<Cidr> network,
    Fact<List<Listed>> lists,
    List<LeftOut> leftOut,
    Fact<Optional<String>> own,
    Optional<AddressBlock> block,
    Optional<String> unseen)
    implements ObservedState {

  /** A list and its use. */
  record Listed(Blocklist list, Blocklists.Uses uses) {}

  /**
   * Why a list is not used.
   *
   * @param passes whether a later attempt may use it
   */
  record LeftOut(String why, boolean passes) {}

  /** A list, or why it is not used. */
  private record Found(Optional<Listed> listed, Optional<LeftOut> leftOut) {
    static Found leftOut(String why, boolean passes) {
      return new Found(Optional.empty(), Optional.of(new LeftOut(why, passes)));
    }
  }

  static ObservedAddress of(AwsScope scope, Alert alert, BlockAddress step) {
    String peer = alert.network().peer();
    Optional<Cidr> said = Optional.ofNullable(peer).flatMap(Cidr::parseNetworkOrAddress);
    Optional<Cidr> network = said.map(one -> around(one, step));
    String account = alert.target().account();
    String region = alert.target().region();
    Optional<Cidr> readable =
        network.filter(one -> account != null && region != null && isPublic(one));
    Fact<List<Found>> found =
        readable.isEmpty()
            ? new Fact.Known<>(List.of())
            : Fact.ask(() -> found(scope, readable.get(), alert.target(), step));
    Fact<List<Listed>> lists =
        switch (found) {
          case Fact.Known<List<Found>> known ->
              new Fact.Known<>(
                  known.value().stream().flatMap(one -> one.listed().stream()).toList());
          case Fact.Unknown<List<Found>> unknown -> new Fact.Unknown<>(unknown.reason());
        };
    List<LeftOut> leftOut =
        found instanceof Fact.Known<List<Found>> known
            ? known.value().stream().flatMap(one -> one.leftOut().stream()).toList()
            : List.of();
    return new ObservedAddress(
        scope,
        said,
        network,
        lists,
        leftOut,
        readable.isEmpty()
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.addresses().blocklists().own(readable.get())),
        account == null || region == null
            ? Optional.empty()
            : network.map(one -> new AddressBlock(account, region, one, arns(lists))),
        WebTraffic.unseen(alert));
  }

  /**
   * The network that the step blocks around one address. A wider network stays as it is, so that a
   * guard objects.
   */
  private static Cidr around(Cidr said, BlockAddress step) {
    int prefix = said.isIpv4() ? step.ipv4() : step.ipv6();
    return said.prefix() <= prefix ? said : Cidr.around(said.first(), prefix);
  }

  static boolean isPublic(Cidr network) {
    IpAddress first = network.first();
    return network.prefix() > 0 && first.isPublic();
  }

  /**
   * A list that is full, gone, elsewhere, without effect or would allow the address is left out, so
   * that the other lists can still block it.
   */
  private static List<Found> found(AwsScope scope, Cidr network, Target target, BlockAddress step) {
    List<Found> all = new ArrayList<>();
    for (ListArn arn : scope.addresses().listed()) {
      found(scope.addresses().blocklists(), arn, network, target, step).ifPresent(all::add);
    }
    return all;
  }

  /** Empty if the list is of the other family. */
  private static Optional<Found> found(
      Blocklists blocklists, ListArn arn, Cidr network, Target target, BlockAddress step) {
    String name = arn.inWords();
    if (!arn.account().equals(target.account()) || !arn.region().equals(target.region())) {
      return Optional.of(
          Found.leftOut(name + " is in account " + arn.account() + ", " + arn.region(), false));
    }
    Optional<Blocklist> list = blocklists.list(arn);
    if (list.isEmpty()) {
      return Optional.of(Found.leftOut(name + " does not exist", true));
    }
    Blocklist is = list.get();
    if (is.isIpv4() != network.isIpv4()) {
      return Optional.empty();
    }
    if (!is.covers(network) && isFull(is, step.entries())) {
      return Optional.of(Found.leftOut(name + " " + full(is, step.entries()), true));
    }
    Blocklists.Uses uses = blocklists.uses(arn, network);
    if (!uses.allowing().isEmpty()) {
      return Optional.of(
          Found.leftOut(
              name + " would let the address in: " + String.join("; ", uses.allowing()), false));
    }
    return Optional.of(
        uses.isIdle()
            ? Found.leftOut(name + " blocks nothing: " + idle(uses), false)
            : new Found(Optional.of(new Listed(is, uses)), Optional.empty()));
  }

  /** Why an entry in the list blocks nothing. */
  static String idle(Blocklists.Uses uses) {
    return uses.idle().isEmpty()
        ? "no rule of a web ACL blocks it by the source address"
        : String.join("; ", uses.idle());
  }

  static boolean isFull(Blocklist list, int most) {
    return list.entries().size() >= Math.min(most, list.capacity());
  }

  /** A full list blocks nothing more, and a long list is hard to review. */
  static String full(Blocklist list, int most) {
    return "has "
        + list.entries().size()
        + " entries; "
        + (list.capacity() < most
            ? "it can have " + list.capacity()
            : "the playbook step allows " + most);
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
