package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Deletes one pod; its controller replaces it.
 *
 * <p>With a grace of at least a second the pod's object disappears only when its kubelet has
 * stopped the processes. A grace of zero, a forced deletion, removes the object at once: the
 * processes of a node that is partitioned or under an attacker's control may run on.
 *
 * @param grace how long the processes may take to stop, whole seconds; zero forces the deletion
 */
public record DeletePod(Duration grace) implements Action<KubernetesScope, ObservedPod> {
  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);
  private static final Duration LEAST_GRACE = Duration.ofSeconds(1);

  private static final List<Guard<ObservedPod>> GUARDS_OF_A_FORCED_DELETION =
      Stream.concat(
              PodGuards.OF_REMOVAL.stream(),
              Stream.of(Guard.of("forced deletion", DeletePod::neverOfAStatefulSet)))
          .toList();

  /** Creates the action with a grace period of five seconds. */
  public DeletePod() {
    this(DEFAULT_GRACE);
  }

  @Override
  public String name() {
    return "delete-pod";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public DeletePod with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("grace", "force");
    Optional<PolicyNode> asked = in.optional("grace");
    if (in.optional("force").map(PolicyNode::flag).orElse(false)) {
      asked.ifPresent(
          node -> {
            throw node.wrong("force: true deletes without a grace; remove one of them");
          });
      return new DeletePod(Duration.ZERO);
    }
    Duration time = asked.map(PolicyNode::duration).orElse(grace);
    if (time.compareTo(LEAST_GRACE) < 0) {
      throw asked
          .orElse(settings)
          .wrong(
              "expected at least 1s, in which the kubelet stops the pod; force: true deletes the"
                  + " pod's object without waiting for it");
    }
    return new DeletePod(time);
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public ObservedPod look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedPod.withPeers(scope, scored);
  }

  @Override
  public List<Guard<ObservedPod>> guards() {
    return grace.isZero() ? GUARDS_OF_A_FORCED_DELETION : PodGuards.OF_REMOVAL;
  }

  /**
   * Its replacement has the same name and volumes, and could start while the old processes still
   * run.
   */
  private static Optional<String> neverOfAStatefulSet(Situation<ObservedPod> situation) {
    return situation
        .observed()
        .subject()
        .filter(DeletePod::isOfStatefulSet)
        .flatMap(Pod::owner)
        .map(owner -> "a pod of " + owner + " is never deleted by force");
  }

  @Override
  public List<ConcurrencyLimit> concurrencyLimits(ObservedPod observed) {
    return PodLimits.ofDeletion(observed);
  }

  /**
   * The controller of a detached pod has replaced it already, and so has a ReplicaSet one that is
   * being deleted. So any pod that serves is enough.
   */
  @Override
  public Progress take(KubernetesScope scope, ObservedPod observed, UndoRecord undo) {
    Pod pod = observed.subject().orElseThrow();
    if (pod.detached() && isAttached(scope.cluster(), pod)) {
      throw new Unavailable(
          "the pod was put back into its workload meanwhile, so nothing was deleted");
    }
    Set<String> before =
        pod.detached() || (pod.endsLate() && !isOfStatefulSet(pod))
            ? Set.of()
            : observed.peers() instanceof Fact.Known<Cluster.Peers> known
                ? known.value().uids()
                : scope.cluster().peers(pod);
    Cluster.Change change =
        isEvicted(observed)
            ? scope.cluster().evict(pod, grace)
            : scope.cluster().delete(pod, grace);
    return switch (change) {
      case MADE -> pending(pod, before, false, Duration.ZERO);
      case REFUSED_BY_BUDGET ->
          new Progress.Done(
              ResponseOutcome.REFUSED,
              namedBudget(observed) + " allows no disruption any more; the pod was not deleted");
      case GONE, REPLACED ->
          new Progress.Done(ResponseOutcome.TAKEN, "nothing to do: the pod was already gone");
    };
  }

  /** The pod may have been relabelled since, so that another budget selects it. */
  private static String namedBudget(ObservedPod observed) {
    List<String> names = budgets(observed).toList();
    return names.size() == 1
        ? "PodDisruptionBudget " + names.getFirst()
        : "a PodDisruptionBudget that selects the pod";
  }

  private static boolean isOfStatefulSet(Pod pod) {
    return pod.owner().filter(owner -> owner.kind().equals("StatefulSet")).isPresent();
  }

  /**
   * The Eviction API does not support a pod that several budgets select. A forced deletion is a
   * plain deletion, because a playbook asked for it by that name.
   */
  private boolean isEvicted(ObservedPod observed) {
    return !grace.isZero() && budgets(observed).count() == 1;
  }

  private static Stream<String> budgets(ObservedPod observed) {
    return observed.budgets().stream().map(DisruptionBudget::name);
  }

  /**
   * Done when the UID is gone and the controller has a new ready pod, or, for a detached pod, the
   * controller has any ready pod.
   */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Pod pod = Pod.read(state.path("pod"));
    Set<String> before = new HashSet<>();
    state.path("before").forEach(uid -> before.add(uid.asText()));
    boolean gone = state.path("gone").asBoolean() || PodWords.isGone(scope.cluster(), pod);
    Optional<Pod> replacement =
        gone ? scope.cluster().readyReplacement(pod, before) : Optional.empty();
    return replacement.isPresent()
        ? new Progress.Done(
            ResponseOutcome.TAKEN,
            before.isEmpty()
                ? "pod deleted; " + replacement.get().name() + " of the same workload is ready"
                : "pod deleted; replacement "
                    + replacement.get().name()
                    + " was ready after "
                    + since.toMillis()
                    + " ms")
        : pending(pod, before, gone, since);
  }

  /**
   * The release of its isolation may put a pod back into its workload. Then it may be the last one
   * that serves, and the slots and guards of an attached pod apply.
   */
  private static boolean isAttached(Cluster cluster, Pod pod) {
    return cluster
        .pod(pod.namespace(), pod.name())
        .filter(now -> now.uid().equals(pod.uid()) && !now.detached())
        .isPresent();
  }

  private static Progress pending(Pod pod, Set<String> before, boolean gone, Duration since) {
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    state.set("pod", pod.toJson());
    ArrayNode uids = state.putArray("before");
    before.forEach(uids::add);
    state.put("gone", gone);
    return new Progress.Pending(
        state,
        gone
            ? new Progress.Done(
                ResponseOutcome.REQUESTED,
                "pod deleted, but no "
                    + (pod.detached() ? "pod of its workload" : "replacement")
                    + " was ready after "
                    + since.toMillis()
                    + " ms")
            : new Progress.Done(
                ResponseOutcome.FAILED,
                "the API server accepted the deletion, but the pod still existed after "
                    + since.toMillis()
                    + " ms"));
  }

  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return PodWords.isGone(scope.cluster(), Pod.read(subject));
  }

  /** If replacements are compromised again, deleting does not help. */
  @Override
  public Optional<String> escalation() {
    return Optional.of("isolate-pod");
  }

  /** If the pod with that UID is gone, the interrupted deletion has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedPod observed, String uid, UndoRecord undo) {
    if (!(observed.pod() instanceof Fact.Known<Optional<Pod>> known)
        || known.value().filter(pod -> pod.uid().equals(uid)).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        new Progress.Done(
            ResponseOutcome.TAKEN,
            "the pod is gone; the attempt that deleted it was interrupted before a replacement was"
                + " verified"));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Grants.GET_POD,
        Grants.LIST_PODS,
        Grants.GET_REPLICA_SET,
        Grants.GET_DEPLOYMENT,
        Grants.GET_STATEFUL_SET,
        Grants.LIST_BUDGETS,
        Grants.LIST_POLICIES,
        Grants.EVICT_POD,
        Grants.DELETE_POD);
  }

  @Override
  public String named(Target target) {
    return PodWords.named(target);
  }

  @Override
  public String inWords(Target target, String uid) {
    return PodWords.inWords(target, uid);
  }
}
