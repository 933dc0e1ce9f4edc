package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.actions.NetworkGuards;
import io.cattleguard.respond.aws.actions.address.ObservedAddress.LeftOut;
import io.cattleguard.respond.aws.actions.address.ObservedAddress.Listed;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The guards of blocking an address, in addition to those of every action. */
final class AddressGuards {
  private static final int LONGEST = 60;

  private AddressGuards() {}

  /** The guards, in the order of their objections. */
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
        Guard.asking("block list", AddressGuards::listed));
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

  /** A process chooses the peer of an outbound connection, and the process may be an intruder's. */
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

  /** A finding names one address; a wider network would block innocent clients. */
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

  /** Lists in another account or region are out of reach of this responder. */
  private static Optional<String> account(Situation<ObservedAddress> s) {
    List<Optional<String>> all =
        s.observed().scope().addresses().listed().stream()
            .map(arn -> NetworkGuards.sameAccount(s, arn.inWords(), arn.account(), arn.region()))
            .toList();
    return all.stream().allMatch(Optional::isPresent)
        ? all.stream().flatMap(Optional::stream).findFirst()
        : Optional.empty();
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
                  Objection.unread(
                      "cannot read the addresses of the account: " + unknown.reason()));
    };
  }

  /** Objects if no list can be used. */
  private static Optional<Objection> listed(Situation<ObservedAddress> s) {
    return switch (s.observed().lists()) {
      case Fact.Known<List<Listed>> known ->
          known.value().isEmpty()
                  && !s.rehearsal()
                  && s.observed().network().filter(ObservedAddress::isPublic).isPresent()
              ? Optional.of(noList(s))
              : Optional.empty();
      case Fact.Unknown<List<Listed>> unknown ->
          s.rehearsal()
              ? Optional.empty()
              : Optional.of(Objection.unread("cannot read the block lists: " + unknown.reason()));
    };
  }

  private static Objection noList(Situation<ObservedAddress> s) {
    List<LeftOut> leftOut = s.observed().leftOut();
    if (leftOut.isEmpty()) {
      return Objection.refuses(
          "no block list for addresses of "
              + (s.observed().network().filter(Cidr::isIpv4).isPresent() ? "IPv4" : "IPv6")
              + " is configured");
    }
    String why =
        "no block list can be used: "
            + leftOut.stream().map(LeftOut::why).collect(Collectors.joining("; "));
    return leftOut.stream().anyMatch(LeftOut::passes)
        ? Objection.passes(why)
        : Objection.refuses(why);
  }
}
