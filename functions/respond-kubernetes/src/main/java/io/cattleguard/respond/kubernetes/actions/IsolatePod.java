package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.Containment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Isolates one pod with a NetworkPolicy of its own and leaves it running.
 *
 * <p>By default it also detaches the pod: it removes the labels by which Services and the
 * controller select it. So the Services stop sending requests to it, a ReplicaSet replaces it at
 * once, and the pod stays as evidence. The release puts the same labels back.
 *
 * @param leaseTime after which the isolation is removed
 * @param detach whether to remove the labels
 */
public record IsolatePod(Duration leaseTime, boolean detach)
    implements Action.Leased<KubernetesScope, ObservedPod> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);
  private static final String LEAVES_CONTROLLER = "leavesController";

  /** Creates the action with a lease of four hours, detaching the pod. */
  public IsolatePod() {
    this(DEFAULT_LEASE, true);
  }

  @Override
  public String name() {
    return "isolate-pod";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public IsolatePod with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("lease", "detach");
    return new IsolatePod(
        in.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        in.optional("detach").map(PolicyNode::flag).orElse(detach));
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public ObservedPod look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedPod.toIsolate(scope, scored);
  }

  @Override
  public List<Guard<ObservedPod>> guards() {
    return PodGuards.OF_ISOLATION;
  }

  @Override
  public List<ConcurrencyLimit> concurrencyLimits(ObservedPod observed) {
    return PodLimits.ofIsolation(observed);
  }

  @Override
  public Progress take(KubernetesScope scope, ObservedPod observed, UndoRecord undo) {
    Pod pod = observed.subject().orElseThrow();
    Optional<JsonNode> earlier = undo.remembered();
    Cluster.Detachment detachment =
        detach ? scope.cluster().detachment(pod) : Cluster.Detachment.NONE;
    Map<String, String> labels = new HashMap<>(detachment.labels());
    // The labels that an earlier attempt removed are no longer on the pod.
    labels.putAll(earlier.map(DetachedPod::labels).orElseGet(detachment::noted));
    undo.remember(new DetachedPod(pod, labels));
    Cluster.Change change;
    try {
      change = scope.cluster().isolate(pod, labels);
    } catch (Denied e) {
      // A pod that an earlier attempt isolated still needs its release.
      if (earlier.isEmpty()) {
        undo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(pod, detachment.leavesController(), Duration.ZERO);
      case GONE, REPLACED, REFUSED_BY_BUDGET -> {
        undo.forget();
        yield new Progress.Done(ResponseOutcome.REFUSED, "the pod is gone; nothing was isolated");
      }
    };
  }

  /**
   * Done when label and policy are in force and the controller has released a detached pod, or when
   * the pod is gone: the next step may have deleted it.
   */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Pod pod = Pod.read(state);
    boolean leavesController = state.path(LEAVES_CONTROLLER).asBoolean();
    Cluster.Isolation isolation = scope.cluster().isolation(pod);
    if (!isolation.inForce()) {
      if (PodWords.isGone(scope.cluster(), pod)) {
        undo.forget();
        return new Progress.Done(
            ResponseOutcome.REFUSED, "the pod is gone, so it needs no isolation");
      }
      return pending(pod, leavesController, since);
    }
    Cluster.Enforcement enforcement = scope.enforcement(pod);
    String deniedToo = deniedToo(scope, pod, isolation);
    if (leavesController && isolation.controlled()) {
      return new Progress.Pending(
          state(pod, leavesController),
          isolated(
              isolation,
              enforcement,
              "; " + controller(pod) + " has not released and replaced it yet" + deniedToo));
    }
    return isolated(
        isolation,
        enforcement,
        (leavesController ? "; detached from " + controller(pod) + ", which replaces it" : "")
            + deniedToo);
  }

  /** What else is denied, for people. Empty if another policy allows traffic. */
  private static String deniedToo(KubernetesScope scope, Pod pod, Cluster.Isolation isolation) {
    if (!isolation.caveats().isEmpty() || scope.enforcement(pod).answer() == Cluster.Enforces.NO) {
      return "";
    }
    return switch (Fact.ask(() -> scope.cluster().sharesRules(pod))) {
      case Fact.Known<Boolean> shared ->
          shared.value()
              ? "; the network plugin also denies every pod whose name begins with "
                  + pod.beginning()
                  + "-"
              : "";
      case Fact.Unknown<Boolean> unknown ->
          "; whether the network plugin denies other pods too cannot be read: " + unknown.reason();
    };
  }

  private static String controller(Pod pod) {
    return pod.owner().map(Pod.Owner::toString).orElse("its controller");
  }

  /**
   * Taken only if the network plugin is known to enforce the policy and no other policy allows
   * traffic.
   */
  private static Progress.Done isolated(
      Cluster.Isolation isolation, Cluster.Enforcement enforcement, String detached) {
    String after = detached + served(isolation.services());
    List<String> allowed = new ArrayList<>(isolation.caveats());
    if (enforcement.answer() == Cluster.Enforces.NO) {
      allowed.add(enforcement.reason());
    }
    if (!allowed.isEmpty()) {
      return leased(
          ResponseOutcome.FAILED,
          "isolation is incomplete: "
              + String.join("; ", allowed)
              + "; delete the pod to end its traffic"
              + after);
    }
    List<String> doubts = new ArrayList<>(isolation.doubts());
    if (enforcement.answer() == Cluster.Enforces.UNKNOWN) {
      doubts.add(enforcement.reason());
    }
    return doubts.isEmpty()
        ? leased(
            ResponseOutcome.TAKEN,
            "isolated by a NetworkPolicy ("
                + enforcement.reason()
                + "); connections that were already open may persist until the pod is deleted"
                + after)
        : leased(
            ResponseOutcome.REQUESTED,
            "the NetworkPolicy is in place, but the pod may still have traffic: "
                + String.join("; ", doubts)
                + "; check it, or delete the pod"
                + after);
  }

  private static Progress.Done leased(ResponseOutcome outcome, String explanation) {
    return new Progress.Done(outcome, explanation, true);
  }

  /** Requests that Services send to an isolated pod fail. */
  private static String served(List<String> services) {
    return services.isEmpty()
        ? ""
        : "; still selected by "
            + (services.size() == 1 ? "Service " : "Services ")
            + String.join(", ", services)
            + ", so requests that they send to it fail";
  }

  private static ObjectNode state(Pod pod, boolean leavesController) {
    return pod.toJson().put(LEAVES_CONTROLLER, leavesController);
  }

  private static Progress pending(Pod pod, boolean leavesController, Duration since) {
    return new Progress.Pending(
        state(pod, leavesController),
        new Progress.Done(
            ResponseOutcome.FAILED,
            "the isolation had not taken effect after " + since.toMillis() + " ms",
            true));
  }

  /** An attempt that was killed after it isolated the pod has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedPod observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(before -> DetachedPod.read(before).pod())
        .flatMap(
            pod -> {
              Cluster.Isolation isolation = scope.cluster().isolation(pod);
              return isolation.inForce()
                  ? Optional.of(
                      isolated(isolation, scope.enforcement(pod), deniedToo(scope, pod, isolation)))
                  : Optional.empty();
            });
  }

  /** Puts back exactly the labels that were removed. */
  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    DetachedPod before = DetachedPod.read(subject);
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        switch (scope.cluster().release(before.pod(), before.labels())) {
          case MADE -> "the pod is back on the network" + reattached(before);
          case GONE -> "the pod is gone; its NetworkPolicy was deleted";
          case REPLACED, REFUSED_BY_BUDGET ->
              "another pod has that name now and was not changed; the NetworkPolicy was deleted";
        });
  }

  /** The network plugin may have been changed, or its enforcement switched off. */
  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return isInPlace(scope, subject)
        && scope.enforcement(DetachedPod.read(subject).pod()).answer() != Cluster.Enforces.NO;
  }

  /** NetworkPolicies are additive: a later policy that allows traffic opens the pod again. */
  @Override
  public boolean isInPlace(KubernetesScope scope, JsonNode subject) {
    DetachedPod before = DetachedPod.read(subject);
    Cluster.Isolation isolation = scope.cluster().isolation(before.pod());
    return isolation.inForce() && isolation.caveats().isEmpty() && !isServed(before, isolation);
  }

  /**
   * Whether Services select a pod again whose labels were removed. A pod of a StatefulSet keeps the
   * labels of its selector, so they may still select it.
   */
  private static boolean isServed(DetachedPod before, Cluster.Isolation isolation) {
    return !before.labels().isEmpty()
        && before.pod().owner().filter(owner -> owner.kind().equals("StatefulSet")).isEmpty()
        && !isolation.services().isEmpty();
  }

  /**
   * A higher limit than usual: the holder of a stolen token can remove the label, and one pod costs
   * little.
   */
  @Override
  public int retakes() {
    return 3;
  }

  /** Another policy may allow traffic, or the network plugin may enforce none. */
  @Override
  public boolean failsInPlace() {
    return true;
  }

  private static String reattached(DetachedPod before) {
    if (before.labels().isEmpty()) {
      return "";
    }
    return " with its labels"
        + before
            .pod()
            .owner()
            .filter(owner -> !owner.kind().equals("StatefulSet"))
            .map(owner -> "; " + owner + " takes it back and may delete it or its replacement")
            .orElse("");
  }

  /**
   * Also undoes containments that name no action: the first version of the ledger stored only
   * isolations.
   */
  @Override
  public boolean undoes(Containment containment) {
    return containment.action().isEmpty() || containment.action().equals(name());
  }

  @Override
  public boolean isUndone(KubernetesScope scope, JsonNode subject) {
    return !holds(scope, subject)
        && !PodWords.isGone(scope.cluster(), DetachedPod.read(subject).pod());
  }

  @Override
  public List<Permission> permissions() {
    List<Permission> permissions = new ArrayList<>(Grants.OTHER_POLICIES);
    permissions.addAll(
        List.of(
            Grants.GET_POD,
            Grants.LIST_PODS,
            Grants.GET_REPLICA_SET,
            Grants.GET_STATEFUL_SET,
            Grants.GET_DEPLOYMENT,
            PauseGrants.GET_JOB,
            PauseGrants.GET_CRON_JOB,
            Grants.LIST_SERVICES,
            Grants.LIST_BUDGETS,
            Grants.LABEL_POD,
            Grants.CREATE_POLICY,
            Grants.LIST_POLICIES,
            Grants.LIST_DAEMON_SETS,
            Grants.GET_NODE,
            Grants.GET_NAMESPACE,
            Grants.DELETE_POLICY));
    return permissions;
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
