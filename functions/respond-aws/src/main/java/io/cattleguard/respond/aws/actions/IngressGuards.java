package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.network.IngressRule;
import java.util.List;
import java.util.Optional;

/** The guards of revoking a rule, in addition to those of every action. */
final class IngressGuards {
  private IngressGuards() {}

  /**
   * The guards, in the order of their objections.
   *
   * @param most maximum number of network interfaces that use the group
   */
  static List<Guard<ObservedIngress>> all(int most) {
    return List.of(
        Guard.of("trusted source", NetworkGuards::whoSaysSo),
        Guard.of("security group named", IngressGuards::named),
        Guard.of("connection named", IngressGuards::connection),
        Guard.asking("security group exists", IngressGuards::exists),
        Guard.of("account and region", IngressGuards::account),
        Guard.of("protected", IngressGuards::untouchable),
        Guard.of("response tag", IngressGuards::tagged),
        Guard.of("interfaces", s -> interfaces(s, most)),
        Guard.of("exactly one rule", IngressGuards::exactlyOne));
  }

  private static Optional<String> named(Situation<ObservedIngress> s) {
    Target target = s.scored().alert().target();
    return target.securityGroup() == null || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name one security group, its account and its region")
        : Optional.empty();
  }

  private static Optional<String> connection(Situation<ObservedIngress> s) {
    ObservedConnection network = s.scored().alert().network();
    return "inbound".equals(network.direction())
            && network.peer() != null
            && network.localPort() != null
        ? Optional.empty()
        : Optional.of("the alert does not name the inbound peer and the local port");
  }

  private static Optional<Objection> exists(Situation<ObservedIngress> s) {
    String id = s.scored().alert().target().securityGroup();
    return id == null
        ? Optional.empty()
        : Fact.exists(
            s,
            s.observed().group(),
            "security group " + id + " no longer exists",
            "cannot read the security group");
  }

  private static Optional<String> account(Situation<ObservedIngress> s) {
    return Fact.objection(
        s.observed().group(),
        group -> NetworkGuards.sameAccount(s, "security group", group.account(), group.region()));
  }

  private static Optional<String> untouchable(Situation<ObservedIngress> s) {
    return Fact.objection(
        s.observed().group(),
        group -> NetworkGuards.protectedBy(group.tags()).map(why -> "the security group " + why));
  }

  private static Optional<String> tagged(Situation<ObservedIngress> s) {
    return Fact.objection(
        s.observed().group(),
        group ->
            s.observed().scope().mayBeTouched(group.tags())
                ? Optional.empty()
                : Optional.of(
                    "missing tag " + s.observed().scope().responseTag() + ": " + group.id()));
  }

  /** A rule applies to every interface with the group, so revoking it affects them all. */
  private static Optional<String> interfaces(Situation<ObservedIngress> s, int most) {
    return Fact.objection(
        s.observed().group(),
        group ->
            group.interfaces() <= most
                ? Optional.empty()
                : Optional.of(
                    group.interfaces()
                        + " network interfaces use the security group; the playbook step allows "
                        + most));
  }

  /**
   * If several rules allow the connection, revoking one has no effect, and an action never revokes
   * more than one.
   */
  private static Optional<String> exactlyOne(Situation<ObservedIngress> s) {
    ObservedConnection network = s.scored().alert().network();
    Integer port = network.localPort();
    String peer = network.peer();
    if (port == null || peer == null) {
      return Optional.empty();
    }
    return Fact.objection(
        s.observed().group(),
        group -> {
          List<IngressRule> rules = s.observed().rulesThatLetItIn(group);
          if (rules.isEmpty()) {
            return Optional.of(
                "no rule of " + group.id() + " allows " + peer + " to reach port " + port);
          }
          if (rules.size() > 1) {
            return Optional.of(
                rules.size()
                    + " rules allow the connection; only a single rule is ever revoked: "
                    + String.join(", ", rules.stream().map(IngressRule::id).toList()));
          }
          return group.opaque().stream()
              .filter(rule -> rule.mayLetIn(peer, port))
              .findFirst()
              .map(
                  rule ->
                      "cannot tell whether "
                          + rule.id()
                          + " also allows the connection: its source is "
                          + rule.source());
        });
  }
}
