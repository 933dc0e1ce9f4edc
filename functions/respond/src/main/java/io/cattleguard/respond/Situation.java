package io.cattleguard.respond;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ScoredAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that a decision rests on, gathered before it is made.
 *
 * @param pod the pod of the alert's name as it is now; known and empty where there is none
 * @param peers the other pods of its controller
 * @param instance the instance that the alert names
 * @param group the group for quarantine in the instance's VPC, or the group that the alert names
 * @param spent actions already taken from the playbook's budget, within its window
 * @param halted whether somebody has thrown the kill switch
 * @param replayed whether the event comes from an archive
 */
public record Situation(
    ScoredAlert scored,
    Playbook playbook,
    Step step,
    ResponderSettings settings,
    Fact<Optional<Pod>> pod,
    Fact<Cluster.Peers> peers,
    Fact<List<DisruptionBudget>> disruptionBudgets,
    Fact<Optional<Instance>> instance,
    Fact<Optional<SecurityGroup>> group,
    Fact<Integer> spent,
    Fact<Boolean> halted,
    Instant now,
    boolean replayed) {

  /** The same, with what is spent. */
  Situation withSpent(Fact<Integer> actions) {
    return new Situation(
        scored,
        playbook,
        step,
        settings,
        pod,
        peers,
        disruptionBudgets,
        instance,
        group,
        actions,
        halted,
        now,
        replayed);
  }

  /** The group, where it is there and anybody can tell. */
  Optional<SecurityGroup> knownGroup() {
    return known(group);
  }

  /** How long the step's effect lasts, for a step that can be undone in a cloud account. */
  Duration lease() {
    return step instanceof Step.OnNetwork onNetwork ? onNetwork.lease() : Duration.ZERO;
  }

  /** What the step would act on, as far as it is there and anybody can tell. */
  Optional<? extends Subject> subject() {
    return switch (step) {
      case Step.IsolatePod isolate -> known(pod);
      case Step.DeletePod delete -> known(pod);
      case Step.QuarantineInstance quarantine -> known(instance);
      case Step.RevokeIngress revoke -> known(group).flatMap(this::offendingRule);
    };
  }

  /** The only rule that lets the alert's connection in; of several, none is the one. */
  private Optional<IngressRule> offendingRule(SecurityGroup of) {
    List<IngressRule> rules = rulesThatLetItIn(of);
    return rules.size() == 1 ? Optional.of(rules.getFirst()) : Optional.empty();
  }

  /** Every rule of that group that lets the alert's connection in. */
  List<IngressRule> rulesThatLetItIn(SecurityGroup of) {
    ObservedConnection network = scored.alert().network();
    String peer = network.peer();
    Integer port = network.localPort();
    return peer == null || port == null
        ? List.of()
        : of.ingress().stream()
            .filter(rule -> rule.letsIn(peer, port, Optional.ofNullable(network.protocol())))
            .toList();
  }

  private static <T> Optional<T> known(Fact<Optional<T>> fact) {
    return fact instanceof Fact.Known<Optional<T>> known ? known.value() : Optional.empty();
  }
}
