package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Denies the pods of the alert's workload the one public address to which the alert's connection
 * went, with a NetworkPolicy that allows every other address. The pods keep running and serving.
 * The address comes from the alert of one node, and the policy covers the pods on all of them, so
 * the playbook must accept that.
 *
 * @param leaseTime after which the policy is removed
 * @param workloadWideAccepted whether the playbook says {@code workload-wide: accepted}
 */
public record BlockEgress(Duration leaseTime, boolean workloadWideAccepted)
    implements Action.Leased<KubernetesScope, ObservedEgress> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  private static final String WORKLOAD_WIDE = "workload-wide";

  private static final String CAVEAT =
      "connections that were already open may persist; other addresses stay reachable; policies"
          + " add up, so undo this one before you restrict the egress of these pods with another";

  private static final String POLICY = "Deny a workload one peer, verify it, and undo it.";
  private static final String BASELINE = "Find a baseline that a NetworkPolicy would end.";

  private static final Grant CREATE_POLICY =
      Grant.toChange(
          "networking.k8s.io",
          "networkpolicies",
          "create",
          POLICY,
          new Grant.Change(
              "CREATE",
              "NetworkPolicies that deny the pods of the one workload that owns them one address",
              """
              !(request.resource.resource == 'networkpolicies' && request.operation == 'CREATE')
              || (has(object.metadata.ownerReferences) && object.metadata.ownerReferences.size() == 1
              && object.metadata.ownerReferences[0].kind in ['Deployment', 'StatefulSet', 'ReplicaSet', 'Job']
              && object.metadata.name == 'cattleguard-block-egress-' + object.metadata.ownerReferences[0].uid
              && has(object.spec.podSelector.matchExpressions)
              && object.spec.podSelector.matchExpressions.exists(e, e.key == 'cattleguard.io/quarantine' && e.operator == 'DoesNotExist')
              && (has(object.spec.podSelector.matchLabels) || object.spec.podSelector.matchExpressions.size() > 1)
              && has(object.spec.policyTypes) && object.spec.policyTypes == ['Egress']
              && (!has(object.spec.ingress) || object.spec.ingress.size() == 0)
              && has(object.spec.egress) && object.spec.egress.size() == 1 && !has(object.spec.egress[0].ports)
              && has(object.spec.egress[0].to) && object.spec.egress[0].to.size() == 3
              && object.spec.egress[0].to.exists_one(t, has(t.ipBlock) && has(t.ipBlock.except) && t.ipBlock.except.size() == 1
              && (t.ipBlock.except[0].endsWith('/32') || t.ipBlock.except[0].endsWith('/128')))
              && object.spec.egress[0].to.exists_one(t, has(t.ipBlock) && t.ipBlock.cidr == '0.0.0.0/0')
              && object.spec.egress[0].to.exists_one(t, has(t.ipBlock) && t.ipBlock.cidr == '::/0'))
              """));

  private static final Grant DELETE_POLICY =
      Grant.toChange(
          "networking.k8s.io",
          "networkpolicies",
          "delete",
          POLICY,
          new Grant.Change(
              "DELETE",
              "those that deny one address",
              """
              !(request.resource.resource == 'networkpolicies' && request.operation == 'DELETE') || request.name.startsWith('cattleguard-block-egress-')
              """));

  /**
   * Creates the action with a lease of four hours, without accepting an effect on all pods of the
   * workload.
   */
  public BlockEgress() {
    this(DEFAULT_LEASE, false);
  }

  @Override
  public String name() {
    return "block-egress";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public BlockEgress with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("lease", WORKLOAD_WIDE);
    return new BlockEgress(
        in.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        Acceptance.read(
            settings,
            in,
            WORKLOAD_WIDE,
            "an alert of one pod denies all pods of the workload the address; say"
                + " 'workload-wide: accepted' if this may be"));
  }

  /** It denies one address, and connections that are open may persist. */
  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public ObservedEgress look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedEgress.of(scope, scored);
  }

  @Override
  public List<Guard<ObservedEgress>> guards() {
    return EgressGuards.all(workloadWideAccepted);
  }

  @Override
  public Progress take(KubernetesScope scope, ObservedEgress observed, UndoRecord undo) {
    EgressBlock block = observed.subject().orElseThrow();
    boolean begunBefore = undo.remembered().isPresent();
    undo.remember(block);
    Cluster.Change change;
    try {
      change = scope.cluster().blockEgress(block);
    } catch (Denied e) {
      // A policy that an earlier attempt created still needs its release.
      if (!begunBefore) {
        undo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(block, Duration.ZERO);
      case GONE, REPLACED, REFUSED_BY_BUDGET -> {
        undo.forget();
        yield new Progress.Done(
            ResponseOutcome.REFUSED, "the workload is gone; nothing was denied");
      }
    };
  }

  /** Done when the policy is there. It would override another policy that was added meanwhile. */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    EgressBlock block = EgressBlock.read(state);
    Cluster.Egress egress = scope.cluster().egress(block);
    if (!isDenied(egress, block)) {
      return pending(block, since);
    }
    if (!egress.others().isEmpty()) {
      undo.checkMayChange();
      Cluster.Change unused = scope.cluster().allowEgress(block);
      undo.forget();
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "withdrawn, because it could allow more than is allowed without it: "
              + String.join("; ", egress.others()));
    }
    return denied(block, egress, scope.enforcement(block.pod()));
  }

  private static boolean isDenied(Cluster.Egress egress, EgressBlock block) {
    return egress.blocked().filter(block.peer()::equals).isPresent();
  }

  private static Progress.Done denied(
      EgressBlock block, Cluster.Egress egress, Cluster.Enforcement enforcement) {
    List<String> doubts = new ArrayList<>(egress.doubts());
    if (enforcement.answer() != Cluster.Enforces.YES) {
      doubts.add(enforcement.reason());
    }
    return doubts.isEmpty()
        ? new Progress.Done(
            ResponseOutcome.TAKEN,
            "a NetworkPolicy denies the pods of "
                + block.workload()
                + " connections to "
                + block.peer()
                + " ("
                + enforcement.reason()
                + "); "
                + CAVEAT,
            true)
        : new Progress.Done(
            ResponseOutcome.REQUESTED,
            "the NetworkPolicy is in place, but connections to "
                + block.peer()
                + " may still be possible: "
                + String.join("; ", doubts)
                + "; "
                + CAVEAT,
            true);
  }

  private static Progress pending(EgressBlock block, Duration since) {
    return new Progress.Pending(
        block.toJson(),
        new Progress.Done(
            ResponseOutcome.FAILED,
            "the NetworkPolicy was not there after " + since.toMillis() + " ms",
            true));
  }

  /** An attempt that was killed after it created the policy has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedEgress observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(EgressBlock::read)
        .flatMap(
            block -> {
              Cluster.Egress egress = scope.cluster().egress(block);
              return isDenied(egress, block) && egress.others().isEmpty()
                  ? Optional.of(denied(block, egress, scope.enforcement(block.pod())))
                  : Optional.empty();
            });
  }

  /** Removes exactly the policy that was created, unless a person has changed it. */
  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    EgressBlock block = EgressBlock.read(subject);
    return switch (scope.cluster().allowEgress(block)) {
      case MADE ->
          new Progress.Done(
              ResponseOutcome.RELEASED, "connections to " + block.peer() + " are allowed again");
      case GONE ->
          new Progress.Done(ResponseOutcome.RELEASED, "the NetworkPolicy was already removed");
      case REPLACED, REFUSED_BY_BUDGET ->
          new Progress.Done(
              ResponseOutcome.REFUSED,
              "the NetworkPolicy of " + block.workload() + " was changed, so it was not removed");
    };
  }

  /** A policy that turns out to allow too much is withdrawn. */
  @Override
  public boolean repeatsChanges() {
    return true;
  }

  /** A policy that was added later and allows the peer makes the block ineffective. */
  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    EgressBlock block = EgressBlock.read(subject);
    Cluster.Egress egress = scope.cluster().egress(block);
    return isDenied(egress, block) && egress.others().isEmpty();
  }

  /**
   * A policy of ours that isolates a pod of the workload governs its egress too, and undoes
   * nothing.
   */
  @Override
  public boolean isUndone(KubernetesScope scope, JsonNode subject) {
    EgressBlock block = EgressBlock.read(subject);
    Cluster.Egress egress = scope.cluster().egress(block);
    return !(isDenied(egress, block) && egress.governing().isEmpty()) && exists(scope, block.of());
  }

  /** The NetworkPolicy is deleted with its workload. */
  private static boolean exists(KubernetesScope scope, Workload workload) {
    return scope
        .cluster()
        .workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
        .filter(now -> now.uid().equals(workload.uid()))
        .isPresent();
  }

  @Override
  public List<Permission> permissions() {
    List<Permission> permissions = new ArrayList<>(Grants.OTHER_POLICIES);
    permissions.addAll(
        List.of(
            Grant.toLook(
                "policy.networking.k8s.io", "baselineadminnetworkpolicies", "list", BASELINE),
            Grants.GET_POD,
            Grants.LIST_PODS,
            Grants.GET_REPLICA_SET,
            Grants.GET_STATEFUL_SET,
            Grants.GET_DEPLOYMENT,
            PauseGrants.GET_JOB,
            Grants.LIST_POLICIES,
            Grants.LIST_DAEMON_SETS,
            Grants.GET_NODE,
            Grants.GET_NAMESPACE,
            CREATE_POLICY,
            DELETE_POLICY));
    return permissions;
  }

  @Override
  public String named(Target target) {
    return "egress of " + PodWords.named(target);
  }

  @Override
  public String inWords(Target target, String uid) {
    return EgressBlock.inWords(
        target.workload() == null
            ? "the workload of pod " + target.namespace() + "/" + target.pod()
            : "workload " + target.namespace() + "/" + target.workload(),
        uid);
  }
}
