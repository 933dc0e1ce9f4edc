package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.GuardDutyParser;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Every guard-rail, and the order in which their objections are told. All are asked; one that
 * cannot tell objects; no label or annotation on a workload can silence one.
 */
final class Guards {
  /** Controllers that replace a deleted pod by an equal one, and lose nothing by it. */
  private static final Set<String> REPLACING_OWNERS =
      Set.of("Deployment", "ReplicaSet", "StatefulSet");

  /** Clocks differ; an alert from further ahead than this is not believed. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(2);

  /** How far a node's clock may be from the API server's before identity by time is in doubt. */
  private static final Duration NODE_SKEW = Duration.ofSeconds(2);

  private static final Guard REPLAYED = Guards::replayed;
  private static final Guard FRESHNESS = Guards::freshness;

  /** Old news does not act: these turn an enforcing playbook into an observing one. */
  static final Set<Guard> OLD_NEWS = Set.of(REPLAYED, FRESHNESS);

  /** By the names under which people are told that they were asked. */
  static final Map<String, Guard> BY_NAME = byName();

  private static final List<Guard> OF_PODS = List.copyOf(BY_NAME.values());
  private static final List<Guard> OF_INSTANCES = with(InstanceGuards.BY_NAME);
  private static final List<Guard> OF_RULES = with(IngressGuards.BY_NAME);

  /** Every guard-rail of a step. */
  static List<Guard> of(Step step) {
    return switch (step) {
      case Step.IsolatePod isolate -> OF_PODS;
      case Step.DeletePod delete -> OF_PODS;
      case Step.QuarantineInstance quarantine -> OF_INSTANCES;
      case Step.RevokeIngress revoke -> OF_RULES;
    };
  }

  private static List<Guard> with(Map<String, Guard> particular) {
    List<Guard> guards = new ArrayList<>(forAll().values());
    guards.addAll(particular.values());
    guards.add(Guards::actionBudget);
    return List.copyOf(guards);
  }

  private static Map<String, Guard> forAll() {
    Map<String, Guard> guards = new LinkedHashMap<>();
    guards.put("kill switch", Guards::killSwitch);
    guards.put("replayed event", REPLAYED);
    guards.put("freshness", FRESHNESS);
    guards.put("made-up finding", Guards::madeUp);
    guards.put("class of alert", Guards::alertClass);
    return guards;
  }

  private static Map<String, Guard> byName() {
    Map<String, Guard> guards = forAll();
    guards.put("cluster", Guards::cluster);
    guards.put("pod named", Guards::podNamed);
    guards.put("protected namespace", Guards::protectedNamespace);
    guards.put("pod exists", Guards::podKnown);
    guards.put("same pod", Guards::samePod);
    guards.put("node", Guards::node);
    guards.put("already being deleted", Guards::terminating);
    guards.put("static pod", Guards::mirrorPod);
    guards.put("host network", Guards::hostNetwork);
    guards.put("owner", Guards::owner);
    guards.put("last ready replica", Guards::lastReadyReplica);
    guards.put("disruption budget", Guards::disruptionBudget);
    guards.put("budget of actions", Guards::actionBudget);
    return Collections.unmodifiableMap(guards);
  }

  private Guards() {}

  private static Optional<String> killSwitch(Situation s) {
    return switch (s.halted()) {
      case Fact.Known<Boolean> known ->
          known.value() ? Optional.of("the kill switch is on: nothing acts") : Optional.empty();
      case Fact.Unknown<Boolean> unknown ->
          Optional.of("cannot tell whether the kill switch is on: " + unknown.reason());
    };
  }

  private static Optional<String> replayed(Situation s) {
    return s.replayed()
        ? Optional.of("the event is a replay from an archive, and old news does not act")
        : Optional.empty();
  }

  private static Optional<String> freshness(Situation s) {
    Instant observedAt = s.scored().alert().observedAt();
    if (observedAt == null) {
      return Optional.of("the alert does not say when it happened, so it may be old");
    }
    Duration age = Duration.between(observedAt, s.now());
    if (age.compareTo(s.playbook().freshness()) > 0) {
      return Optional.of(
          "the alert is "
              + words(age)
              + " old, the playbook acts within "
              + words(s.playbook().freshness()));
    }
    return age.compareTo(CLOCK_SKEW.negated()) < 0
        ? Optional.of("the alert is dated " + words(age.negated()) + " in the future")
        : Optional.empty();
  }

  private static Optional<String> madeUp(Situation s) {
    return s.scored().alert().traits().contains(GuardDutyParser.SAMPLE)
        ? Optional.of("the finding is a sample: nothing of it happened")
        : Optional.empty();
  }

  private static Optional<String> alertClass(Situation s) {
    AlertClass alertClass = s.scored().alert().alertClass();
    return switch (alertClass) {
      case RUNTIME, AUDIT -> Optional.empty();
      case CONFIGURATION, VULNERABILITY, HEALTH ->
          Optional.of("alerts of class " + alertClass.jsonName() + " are never acted on");
    };
  }

  private static Optional<String> cluster(Situation s) {
    Optional<String> ours = s.settings().cluster();
    String theirs = s.scored().alert().target().cluster();
    if (ours.isEmpty() || ours.get().equals(theirs)) {
      return Optional.empty();
    }
    return Optional.of(
        theirs == null
            ? "the alert does not come from a cluster's sensor; this responder acts on "
                + ours.get()
            : "the alert comes from cluster " + theirs + ", this responder acts on " + ours.get());
  }

  private static Optional<String> podNamed(Situation s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.of("the alert does not name a pod and its namespace");
    }
    return Optional.empty();
  }

  private static Optional<String> protectedNamespace(Situation s) {
    String namespace = s.scored().alert().target().namespace();
    return namespace != null && s.settings().protectedNamespaces().contains(namespace)
        ? Optional.of("namespace " + namespace + " is protected")
        : Optional.empty();
  }

  private static Optional<String> podKnown(Situation s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.empty();
    }
    return switch (s.pod()) {
      case Fact.Known<Optional<Pod>> known ->
          known.value().isPresent()
              ? Optional.empty()
              : Optional.of(
                  "there is no pod "
                      + alert.target().namespace()
                      + "/"
                      + alert.target().pod()
                      + " any more");
      case Fact.Unknown<Optional<Pod>> unknown ->
          s.settings().rehearsal()
              ? Optional.empty()
              : Optional.of("cannot read the pod, so nothing is touched: " + unknown.reason());
    };
  }

  /** A replacement may bear the name; what the alert says of its pod must fit this one. */
  private static Optional<String> samePod(Situation s) {
    Alert alert = s.scored().alert();
    return ofPod(
        s,
        pod -> {
          String uid = alert.target().podUid();
          if (uid != null) {
            return uid.equals(pod.uid())
                ? Optional.empty()
                : Optional.of(
                    "the alert is about the pod with uid " + uid + ", now there is " + pod.uid());
          }
          String container = alert.target().containerId();
          if (container != null
              && pod.containerIds().stream()
                  .anyMatch(id -> id.startsWith(container) || container.startsWith(id))) {
            return Optional.empty();
          }
          Instant observedAt = alert.observedAt();
          if (observedAt == null) {
            return Optional.of("cannot tell whether this is still the pod that the alert is about");
          }
          if (observedAt.isBefore(pod.createdAt())) {
            return Optional.of(
                "the pod was created "
                    + words(Duration.between(observedAt, pod.createdAt()))
                    + " after the alert: it is a replacement");
          }
          // A name is one pod's at a time, so one that is older than the alert is the alert's.
          return observedAt.minus(NODE_SKEW).isBefore(pod.createdAt())
              ? Optional.of(
                  "the pod was created within "
                      + words(NODE_SKEW)
                      + " of the alert and does not have its container: it may be a replacement")
              : Optional.empty();
        });
  }

  private static Optional<String> node(Situation s) {
    String named = s.scored().alert().target().node();
    return ofPod(
        s,
        pod -> {
          if (named == null) {
            return Optional.of("the alert does not name the node that saw it");
          }
          return pod.node().isPresent() && pod.node().get().equals(named)
              ? Optional.empty()
              : Optional.of(
                  "the alert was seen on node "
                      + named
                      + ", the pod runs on "
                      + pod.node().orElse("none"));
        });
  }

  private static Optional<String> terminating(Situation s) {
    return ofPod(
        s,
        pod ->
            pod.terminating() && s.step() instanceof Step.DeletePod
                ? Optional.of("the pod is being deleted already")
                : Optional.empty());
  }

  private static Optional<String> mirrorPod(Situation s) {
    return ofPod(
        s,
        pod ->
            pod.mirror()
                ? Optional.of("the pod is static: the kubelet runs it from a file on its node")
                : Optional.empty());
  }

  private static Optional<String> hostNetwork(Situation s) {
    return ofPod(
        s,
        pod ->
            pod.hostNetwork() && s.step() instanceof Step.IsolatePod
                ? Optional.of("the pod uses its node's network, which no NetworkPolicy isolates")
                : Optional.empty());
  }

  private static Optional<String> owner(Situation s) {
    return ofPodToDelete(
        s,
        pod -> {
          if (pod.owner().isEmpty()) {
            return Optional.of("nothing owns the pod, so nothing would replace it");
          }
          String kind = pod.owner().get().kind();
          return REPLACING_OWNERS.contains(kind)
              ? Optional.empty()
              : Optional.of(
                  "the pod belongs to "
                      + pod.owner().get()
                      + "; only pods of a Deployment, ReplicaSet or StatefulSet are deleted");
        });
  }

  private static Optional<String> lastReadyReplica(Situation s) {
    return ofPodToDelete(
        s,
        pod ->
            switch (s.peers()) {
              case Fact.Known<Cluster.Peers> known ->
                  known.value().ready() > 0
                      ? Optional.empty()
                      : Optional.of(
                          "no other ready replica of "
                              + pod.workload()
                              + " would remain (0 besides this one)");
              case Fact.Unknown<Cluster.Peers> unknown ->
                  Optional.of("cannot count the other replicas: " + unknown.reason());
            });
  }

  private static Optional<String> disruptionBudget(Situation s) {
    return ofPodToDelete(
        s,
        pod ->
            switch (s.disruptionBudgets()) {
              case Fact.Known<List<DisruptionBudget>> known ->
                  known.value().stream()
                      .filter(budget -> budget.allowed() < 1)
                      .findFirst()
                      .map(
                          budget ->
                              "PodDisruptionBudget "
                                  + budget.name()
                                  + " allows "
                                  + budget.allowed()
                                  + " disruptions now");
              case Fact.Unknown<List<DisruptionBudget>> unknown ->
                  Optional.of("cannot read the PodDisruptionBudgets: " + unknown.reason());
            });
  }

  private static Optional<String> actionBudget(Situation s) {
    Budget budget = s.playbook().budget();
    return switch (s.spent()) {
      case Fact.Known<Integer> known ->
          known.value() < budget.max()
              ? Optional.empty()
              : Optional.of(
                  "the playbook's budget is spent: "
                      + known.value()
                      + " of "
                      + budget.max()
                      + " actions within "
                      + words(budget.window()));
      case Fact.Unknown<Integer> unknown ->
          Optional.of("cannot read the playbook's budget: " + unknown.reason());
    };
  }

  /** A pod that is missing or unread has its own objection; the others need not repeat it. */
  private static Optional<String> ofPod(Situation s, Function<Pod, Optional<String>> objection) {
    return s.pod() instanceof Fact.Known<Optional<Pod>> known
        ? known.value().flatMap(objection)
        : Optional.empty();
  }

  private static Optional<String> ofPodToDelete(
      Situation s, Function<Pod, Optional<String>> objection) {
    return s.step() instanceof Step.DeletePod ? ofPod(s, objection) : Optional.empty();
  }

  /** {@code 90 s}, {@code 12 min}, {@code 5 h}, {@code 3 d}: one unit is enough to decide by. */
  static String words(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7_200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
  }
}
