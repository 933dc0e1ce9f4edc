package io.cattleguard.app.plan;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
 * Asks the guards of every step about one pod of each workload and about each node, as if an alert
 * named it now. Reads only: the same code reads the cluster as before an action, and nothing takes
 * one.
 */
final class Planner {
  /** So many reads at once are no load for an API server. */
  private static final int AT_ONCE = 8;

  private static final String PLAN = "plan";
  private static final int SCORE = 100;

  private final KubernetesScope scope;
  private final Playbooks playbooks;
  private final Instant now;

  Planner(KubernetesScope scope, Playbooks playbooks, Instant now) {
    this.scope = scope;
    this.playbooks = playbooks;
    this.now = now;
  }

  /**
   * Asks.
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

  /** Of one that is ready, because the others differ for a short time only. */
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
        false,
        answers(target, false));
  }

  private ClusterPlan.Place node(Node node) {
    Target target = Target.builder().cluster(scope.name().orElse(null)).node(node.name()).build();
    return new ClusterPlan.Place(
        "node " + node.name(), node.name(), 0, true, answers(target, true));
  }

  private List<ClusterPlan.Answer> answers(Target target, boolean ofNode) {
    ScoredAlert scored = alert(target);
    List<ClusterPlan.Answer> answers = new ArrayList<>();
    // Playbooks have the same steps, and each is read once.
    Map<Action<?, ?>, Optional<ClusterPlan.Answer>> asked = new HashMap<>();
    for (Playbook playbook : playbooks.all()) {
      if (playbook.when().part("alert", "target").stream()
          .anyMatch(part -> !part.matches(AlertJson.matchable(scored)))) {
        continue;
      }
      for (Action<?, ?> step : playbook.steps()) {
        onCluster(step)
            .flatMap(
                action ->
                    asked.computeIfAbsent(
                        action, unasked -> answer(action, playbook, scored, ofNode)))
            .ifPresent(answer -> answers.add(answer.of(playbook.name())));
      }
    }
    return answers;
  }

  /** The steps that act in a cluster; the account's are another responder's. */
  @SuppressWarnings("unchecked") // place() is the type of the place
  static Optional<Action<KubernetesScope, ?>> onCluster(Action<?, ?> step) {
    return step.place().equals(KubernetesScope.class)
        ? Optional.of((Action<KubernetesScope, ?>) step)
        : Optional.empty();
  }

  /** Empty if the action is about pods and the alert names a node alone, or the reverse. */
  private <S extends ObservedState> Optional<ClusterPlan.Answer> answer(
      Action<KubernetesScope, S> action, Playbook playbook, ScoredAlert scored, boolean ofNode) {
    S observed = action.look(scope, scored);
    Optional<? extends Subject> subject = observed.subject();
    if (subject.filter(Node.class::isInstance).isPresent() != ofNode) {
      return Optional.empty();
    }
    Situation<S> situation =
        new Situation<>(
            scored, playbook, observed, List.of(), new Fact.Known<>(false), now, false, false);
    List<ClusterPlan.Objection> objections = new ArrayList<>();
    Guards.of(action)
        .forEach(
            guard ->
                guard
                    .objection(situation)
                    .ifPresent(
                        one ->
                            objections.add(new ClusterPlan.Objection(guard.name(), one.text()))));
    return Optional.of(
        new ClusterPlan.Answer(
            playbook.name(), action.name(), subject.map(Subject::inWords).orElse(""), objections));
  }

  private ScoredAlert alert(Target target) {
    Alert alert =
        new Alert(
            PLAN,
            AlertClass.RUNTIME,
            PLAN,
            null,
            null,
            List.of(),
            List.of(),
            List.of(Alert.NODE_VERIFIED),
            target,
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            now,
            1,
            List.of(),
            "");
    return new ScoredAlert(
        new AcceptedAlert(alert, PLAN, Acceptance.OPENED, 1, now, now, 1, 1),
        SCORE,
        List.of(new Points(SCORE, PLAN)));
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
