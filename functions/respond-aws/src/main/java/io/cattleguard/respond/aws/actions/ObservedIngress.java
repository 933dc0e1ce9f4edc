package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.util.List;
import java.util.Optional;

/**
 * The state that an action on a rule read.
 *
 * @param scope the account and region
 * @param group the security group that the alert names
 * @param connection the inbound connection of the alert
 */
record ObservedIngress(
    AwsScope scope, Fact<Optional<SecurityGroup>> group, ObservedConnection connection)
    implements ObservedState {

  static ObservedIngress of(AwsScope scope, ScoredAlert scored) {
    String id = scored.alert().target().securityGroup();
    return new ObservedIngress(
        scope,
        id == null ? new Fact.Known<>(Optional.empty()) : Fact.ask(() -> scope.network().group(id)),
        scored.alert().network());
  }

  /** The only rule that allows the alert's connection; empty if there are several. */
  @Override
  public Optional<IngressRule> subject() {
    return Fact.found(group)
        .map(this::rulesThatLetItIn)
        .filter(rules -> rules.size() == 1)
        .map(List::getFirst);
  }

  /** Every rule of that group that allows the alert's connection. */
  List<IngressRule> rulesThatLetItIn(SecurityGroup of) {
    String peer = connection.peer();
    Integer port = connection.localPort();
    return peer == null || port == null
        ? List.of()
        : of.ingress().stream()
            .filter(rule -> rule.letsIn(peer, port, Optional.ofNullable(connection.protocol())))
            .toList();
  }
}
