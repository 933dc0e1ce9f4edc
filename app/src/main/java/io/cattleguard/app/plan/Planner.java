package io.cattleguard.app.plan;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Evaluates the guards of every step for one pod of each workload and for each node, as if an alert
 * named it now. It only reads, with the same code as before an action.
 */
final class Planner {
  /** Number of parallel reads, which is a small load for an API server. */
  private static final int AT_ONCE = 8;

  private final KubernetesScope scope;
  private final Asking<KubernetesScope> asking;

  Planner(KubernetesScope scope, Playbooks playbooks, Instant now) {
    this.scope = scope;
    this.asking = new Asking<>(KubernetesScope.class, scope, playbooks, now);
  }

  /**
   * Evaluates all steps.
   *
   * @param names of all pods, {@code namespace/name}
   * @throws Unavailable if the nodes or the pods cannot be read
   */
  List<ClusterPlan.Place> places(List<String> names) {
    Map<String, List<Pod>> workloads = new TreeMap<>();
    for (Optional<Pod> pod : inParallel(names, this::pod)) {
      pod.ifPresent(
          one -> workloads.computeIfAbsent(one.workload(), key -> new ArrayList<>()).add(one));
    }
    List<ClusterPlan.Place> places =
        new ArrayList<>(inParallel(List.copyOf(workloads.values()), this::workload));
    places.addAll(inParallel(scope.cluster().nodes(), this::node));
    return places;
  }

  private Optional<Pod> pod(String name) {
    int slash = name.indexOf('/');
    return scope.cluster().pod(name.substring(0, slash), name.substring(slash + 1));
  }

  /** A pod that is ready, because the others are in transition. */
  private ClusterPlan.Place workload(List<Pod> pods) {
    Pod pod =
        pods.stream()
            .min(Comparator.comparing((Pod one) -> !one.ready()).thenComparing(Pod::name))
            .orElseThrow();
    Target target =
        Target.builder()
            .cluster(scope.name().orElse(null))
            .node(pod.node().orElse(null))
            .namespace(pod.namespace())
            .pod(pod.name())
            .podUid(pod.uid())
            .build();
    return new ClusterPlan.Place(
        pod.workload(),
        pod.namespace() + "/" + pod.name(),
        pods.size(),
        ClusterPlan.Place.WORKLOAD,
        answers(target, false));
  }

  private ClusterPlan.Place node(Node node) {
    Target target = Target.builder().cluster(scope.name().orElse(null)).node(node.name()).build();
    return new ClusterPlan.Place(
        "node " + node.name(), node.name(), 0, ClusterPlan.Place.NODE, answers(target, true));
  }

  private List<ClusterPlan.Answer> answers(Target target, boolean ofNode) {
    // The action is about pods but the alert names only a node, or the reverse.
    return asking.answers(
        asking.alert("plan", target, ObservedConnection.UNKNOWN),
        subject -> subject.filter(Node.class::isInstance).isPresent() == ofNode);
  }

  private static <T, R> List<R> inParallel(List<T> all, Function<T, R> ask) {
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Callable<R>> calls = new ArrayList<>();
      all.forEach(one -> calls.add(() -> ask.apply(one)));
      List<R> answers = new ArrayList<>();
      for (Future<R> future : threads.invokeAll(calls)) {
        answers.add(future.get());
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while reading the cluster");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }
}
