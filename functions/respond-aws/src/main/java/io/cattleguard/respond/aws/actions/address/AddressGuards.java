package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.actions.NetworkGuards;
import io.cattleguard.respond.aws.actions.address.ObservedAddress.Listed;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.ListArn;
import java.util.List;
import java.util.Optional;

/** The guards of blocking an address, in addition to those of every action. */
final class AddressGuards {
  private static final int LONGEST = 60;

  private AddressGuards() {}

  /** In the order of their objections. */
  static List<Guard<ObservedAddress>> all(BlockAddress step) {
    return List.of(
        Guard.of("trusted source", NetworkGuards::whoSaysSo),
        Guard.of("address named", AddressGuards::named),
        Guard.of("inbound", AddressGuards::inbound),
        Guard.of("public address", AddressGuards::isPublic),
        Guard.of("width", s -> width(s, step)),
        Guard.of("never denied", AddressGuards::neverDenied),
        Guard.of("account and region", AddressGuards::account),
        Guard.asking("own address", AddressGuards::own),
        Guard.asking("block list", AddressGuards::listed),
        Guard.of("list that blocks", AddressGuards::allowing),
        Guard.asking("entries", s -> entries(s, step.entries())));
  }

  private static Optional<String> named(Situation<ObservedAddress> s) {
    Alert alert = s.scored().alert();
    if (alert.target().account() == null || alert.target().region() == null) {
      return Optional.of("the alert does not name its account and its region");
    }
    return s.observed().said().isPresent()
        ? Optional.empty()
        : Optional.of("the alert does not name the address of a peer");
  }

  /** The peer of an outbound connection is chosen by a process, which an intruder may have made. */
  private static Optional<String> inbound(Situation<ObservedAddress> s) {
    return "inbound".equals(s.scored().alert().network().direction())
        ? Optional.empty()
        : Optional.of("the alert is not about an inbound connection");
  }

  private static Optional<String> isPublic(Situation<ObservedAddress> s) {
    return s.observed()
        .said()
        .filter(said -> !ObservedAddress.isPublic(said))
        .map(said -> said.inWords() + " is not an address on the internet");
  }

  /** A finding names one address; a wider network would block people who did nothing. */
  private static Optional<String> width(Situation<ObservedAddress> s, BlockAddress step) {
    return s.observed()
        .said()
        .filter(said -> said.prefix() < (said.isIpv4() ? step.ipv4() : step.ipv6()))
        .map(
            said ->
                "the alert names "
                    + HostileText.visible(said.inWords(), LONGEST)
                    + "; the playbook step blocks at most /"
                    + (said.isIpv4() ? step.ipv4() : step.ipv6()));
  }

  private static Optional<String> neverDenied(Situation<ObservedAddress> s) {
    return s.observed()
        .network()
        .flatMap(
            network ->
                s.observed().scope().addresses().neverDeny().stream()
                    .filter(network::overlaps)
                    .findFirst()
                    .map(
                        never ->
                            network.inWords()
                                + " has addresses of "
                                + never.inWords()
                                + ", which never-deny of settings.yaml lists"));
  }

  /** A list in another account or region is not this responder's. */
  private static Optional<String> account(Situation<ObservedAddress> s) {
    return s.observed().scope().addresses().listed().stream()
        .map(arn -> elsewhere(s, arn))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> elsewhere(Situation<ObservedAddress> s, ListArn arn) {
    return NetworkGuards.sameAccount(s, arn.inWords(), arn.account(), arn.region());
  }

  private static Optional<Objection> own(Situation<ObservedAddress> s) {
    return switch (s.observed().own()) {
      case Fact.Known<Optional<String>> known ->
          known
              .value()
              .map(
                  why ->
                      Objection.refuses(
                          s.observed().network().map(Cidr::inWords).orElse("it") + " " + why));
      case Fact.Unknown<Optional<String>> unknown ->
          s.rehearsal()
              ? Optional.empty()
              : Optional.of(
                  Objection.passes(
                      "cannot read the addresses of the account: " + unknown.reason()));
    };
  }

  private static Optional<Objection> listed(Situation<ObservedAddress> s) {
    return switch (s.observed().lists()) {
      case Fact.Known<List<Listed>> known ->
          known.value().isEmpty()
                  && !s.rehearsal()
                  && s.observed().network().filter(ObservedAddress::isPublic).isPresent()
              ? Optional.of(
                  Objection.refuses(
                      "no block list for addresses of "
                          + (s.observed().network().filter(Cidr::isIpv4).isPresent()
                              ? "IPv4"
                              : "IPv6")
                          + " is configured"))
              : Optional.empty();
      case Fact.Unknown<List<Listed>> unknown ->
          s.rehearsal()
              ? Optional.empty()
              : Optional.of(Objection.passes("cannot read the block lists: " + unknown.reason()));
    };
  }

  /** An entry in a list of those who are let in would let the attacker in. */
  private static Optional<String> allowing(Situation<ObservedAddress> s) {
    return s.observed().read().stream()
        .filter(one -> !one.uses().allowing().isEmpty())
        .findFirst()
        .map(
            one ->
                one.list().arn().inWords()
                    + " would let the address in: "
                    + String.join("; ", one.uses().allowing()));
  }

  /** A full list blocks nothing more, and a long one nobody reviews. */
  private static Optional<Objection> entries(Situation<ObservedAddress> s, int most) {
    return s.observed()
        .network()
        .flatMap(
            network ->
                s.observed().read().stream()
                    .map(Listed::list)
                    .filter(list -> !list.covers(network))
                    .filter(list -> list.entries().size() >= Math.min(most, list.capacity()))
                    .findFirst()
                    .map(list -> Objection.passes(full(list, most))));
  }

  private static String full(Blocklist list, int most) {
    return list.arn().inWords()
        + " has "
        + list.entries().size()
        + " entries; "
        + (list.capacity() < most
            ? "it can have " + list.capacity()
            : "the playbook step allows " + most);
  }
}
