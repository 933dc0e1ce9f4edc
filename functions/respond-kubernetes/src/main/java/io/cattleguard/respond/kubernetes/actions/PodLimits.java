package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The concurrency limits of actions on pods, so that responders that read at the same moment leave
 * enough serving pods: for a workload, and for each PodDisruptionBudget.
 */
final class PodLimits {
  /** After an isolation, replicas and budgets show within this time that the pod is missing. */
  private static final Duration SHOWN = Duration.ofMinutes(2);

  /**
   * How long a replacement may take to serve before another pod is isolated without it. Much
   * shorter than the freshness of a playbook, so that several pods can be isolated in time.
   */
  private static final Duration REPLACED = Duration.ofMinutes(3);

  /** Controllers whose pods are interchangeable, and can be counted. */
  private static final Set<String> OF_REPLICAS = Set.of("Deployment", "ReplicaSet", "StatefulSet");

  private PodLimits() {}

  /**
   * As many deletions of one workload may run at once as it has other ready pods, and as many that
   * count against one PodDisruptionBudget as it allows. A detached pod is none of the ready
   * replicas, so its deletion leaves as many as before. One that is being deleted is none of a
   * budget's, and serves only while no other replica does.
   */
  static List<ConcurrencyLimit> ofDeletion(ObservedPod observed) {
    List<ConcurrencyLimit> limits = new ArrayList<>();
    for (Pod pod : attached(observed)) {
      if (!pod.endsLate() || pod.ready()) {
        limits.add(new ConcurrencyLimit(disrupting(pod), ready(observed)));
      }
      if (pod.endsLate()) {
        continue;
      }
      for (DisruptionBudget budget : observed.budgets()) {
        limits.add(new ConcurrencyLimit(disrupting(pod, budget.name()), budget.allowed()));
      }
    }
    return limits;
  }

  /**
   * An isolation takes the same slots as a deletion, and always finds one if no other action took
   * one: a compromised pod is contained also where its workload is short of pods. But where no
   * other pod of the workload serves, or a budget allows none, another pod is isolated only after
   * the replacement of the one before had time to serve. A missing slot never delays an isolation
   * until its alert is too old: that would protect the intruder.
   */
  static List<ConcurrencyLimit> ofIsolation(ObservedPod observed) {
    List<ConcurrencyLimit> limits = new ArrayList<>();
    for (Pod pod : attached(observed)) {
      if (pod.owner().filter(owner -> OF_REPLICAS.contains(owner.kind())).isPresent()) {
        limits.add(
            new ConcurrencyLimit(disrupting(pod), Math.max(1, ready(observed)), SHOWN).yielding());
        limits.add(
            oneAfterAnother(
                "isolated/" + pod.workload(),
                ready(observed) < 1,
                "no other pod of " + pod.workload() + " serves"));
      }
      for (DisruptionBudget budget : budgets(observed)) {
        limits.add(
            new ConcurrencyLimit(
                    disrupting(pod, budget.name()), Math.max(1, budget.allowed()), SHOWN)
                .yielding());
        limits.add(
            oneAfterAnother(
                "isolated/" + pod.namespace() + "/" + budget.name(),
                budget.allowed() < 1,
                budget.name().isEmpty()
                    ? "the PodDisruptionBudgets cannot be read"
                    : "PodDisruptionBudget " + budget.name() + " allows no disruption"));
      }
    }
    return limits;
  }

  private static ConcurrencyLimit oneAfterAnother(String name, boolean alone, String why) {
    return new ConcurrencyLimit(
        name,
        alone ? 1 : Integer.MAX_VALUE,
        REPLACED,
        why + ", and another pod was isolated less than " + InWords.of(REPLACED) + " ago",
        true);
  }

  private static List<Pod> attached(ObservedPod observed) {
    return observed.subject().filter(pod -> !pod.detached()).stream().toList();
  }

  /** If the replicas cannot be counted, the count is zero. */
  private static int ready(ObservedPod observed) {
    return observed.peers() instanceof Fact.Known<Cluster.Peers> known ? known.value().ready() : 0;
  }

  /** If the budgets cannot be read, one budget without a name allows no disruption. */
  private static List<DisruptionBudget> budgets(ObservedPod observed) {
    return observed.disruptionBudgets() instanceof Fact.Unknown<List<DisruptionBudget>>
        ? List.of(new DisruptionBudget("", 0))
        : observed.budgets();
  }

  private static String disrupting(Pod pod) {
    return "disrupting/" + pod.workload();
  }

  private static String disrupting(Pod pod, String budget) {
    return "disrupting/" + pod.namespace() + "/" + budget;
  }
}
