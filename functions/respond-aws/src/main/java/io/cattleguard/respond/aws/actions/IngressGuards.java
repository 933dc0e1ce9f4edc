package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The guard-rails that closing a rule has besides those of every action. */
final class IngressGuards {
  /** In the order in which their objections are told. */
  static final Map<String, Guard> BY_NAME = byName();

  private IngressGuards() {}

  private static Map<String, Guard> byName() {
    Map<String, Guard> guards = new LinkedHashMap<>();
    guards.put("who says so", NetworkGuards::whoSaysSo);
    guards.put("security group named", IngressGuards::named);
    guards.put("connection named", IngressGuards::connection);
    guards.put("security group exists", IngressGuards::exists);
    guards.put("account and region", IngressGuards::account);
    guards.put("protected", IngressGuards::untouchable);
    guards.put("response tag", IngressGuards::tagged);
    guards.put("interfaces", IngressGuards::interfaces);
    guards.put("exactly one rule", IngressGuards::exactlyOne);
    return guards;
  }

  private static Optional<String> named(Situation s) {
    Target target = s.scored().alert().target();
    return target.securityGroup() == null || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name one security group, its account and its region")
        : Optional.empty();
  }

  private static Optional<String> connection(Situation s) {
    ObservedConnection network = s.scored().alert().network();
    return "inbound".equals(network.direction())
            && network.peer() != null
            && network.localPort() != null
        ? Optional.empty()
        : Optional.of("the alert does not say who came in, and to which port");
  }

  private static Optional<String> exists(Situation s) {
    String id = s.scored().alert().target().securityGroup();
    return id == null
        ? Optional.empty()
        : NetworkGuards.known(
            s,
            s.group(),
            "there is no security group " + id + " any more",
            "cannot read the security group, so nothing is touched");
  }

  private static Optional<String> account(Situation s) {
    return NetworkGuards.of(
        s.group(),
        group -> NetworkGuards.sameAccount(s, "security group", group.account(), group.region()));
  }

  private static Optional<String> untouchable(Situation s) {
    return NetworkGuards.of(
        s.group(),
        group -> NetworkGuards.protectedBy(group.tags()).map(why -> "the security group " + why));
  }

  private static Optional<String> tagged(Situation s) {
    return NetworkGuards.of(
        s.group(),
        group ->
            NetworkGuards.mayBeTouched(s, group.tags())
                ? Optional.empty()
                : Optional.of("not tagged " + NetworkGuards.tag(s) + ": " + group.id()));
  }

  /** A rule is everybody's who has the group. */
  private static Optional<String> interfaces(Situation s) {
    int most = s.step() instanceof Step.RevokeIngress step ? step.interfaces() : 0;
    return NetworkGuards.of(
        s.group(),
        group ->
            group.interfaces() <= most
                ? Optional.empty()
                : Optional.of(
                    group.interfaces()
                        + " network interfaces have the security group, the step allows "
                        + most));
  }

  /** Of several, closing one would change nothing, and more than one is never closed. */
  private static Optional<String> exactlyOne(Situation s) {
    ObservedConnection network = s.scored().alert().network();
    Integer port = network.localPort();
    String peer = network.peer();
    if (port == null || peer == null) {
      return Optional.empty();
    }
    return NetworkGuards.of(
        s.group(),
        group -> {
          List<IngressRule> rules = s.rulesThatLetItIn(group);
          if (rules.isEmpty()) {
            return Optional.of(
                "no rule of " + group.id() + " lets " + peer + " reach port " + port);
          }
          if (rules.size() > 1) {
            return Optional.of(
                rules.size()
                    + " rules let it in, and no more than one is ever closed: "
                    + String.join(", ", rules.stream().map(IngressRule::id).toList()));
          }
          return group.opaque().stream()
              .filter(rule -> rule.mayLetIn(peer, port))
              .findFirst()
              .map(
                  rule ->
                      "cannot tell whether "
                          + rule.id()
                          + " lets it in too: nobody reads here who is of "
                          + rule.source());
        });
  }
}
