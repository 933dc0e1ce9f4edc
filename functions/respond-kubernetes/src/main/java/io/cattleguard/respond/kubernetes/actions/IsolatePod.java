package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Memo;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.Containment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Isolates one pod with a NetworkPolicy of its own and leaves it running.
 *
 * @param leaseTime after which the isolation is removed
 */
public record IsolatePod(Duration leaseTime) implements Action<KubernetesScope, PodSight> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  /** With a lease of four hours. */
  public IsolatePod() {
    this(DEFAULT_LEASE);
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
    return new IsolatePod(
        settings.mapping("lease").optional("lease").map(PolicyNode::duration).orElse(leaseTime));
  }

  @Override
  public Optional<Duration> lease() {
    return Optional.of(leaseTime);
  }

  @Override
  public PodSight look(KubernetesScope scope, ScoredAlert scored) {
    return PodSight.of(scope, scored);
  }

  @Override
  public List<Guard<PodSight>> guards() {
    return PodGuards.BY_NETWORK_POLICY;
  }

  @Override
  public Progress take(KubernetesScope scope, PodSight sight, Memo memo) {
    Pod pod = sight.subject().orElseThrow();
    boolean containedBefore = memo.remembered().isPresent();
    memo.remember(pod);
    Cluster.Change change;
    try {
      change = scope.cluster().isolate(pod);
    } catch (Denied e) {
      // What an earlier attempt isolated still needs its release.
      if (!containedBefore) {
        memo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(pod, Duration.ZERO);
      case GONE, REPLACED -> {
        memo.forget();
        yield new Progress.Done(ResponseOutcome.REFUSED, "the pod is gone; nothing was isolated");
      }
    };
  }

  /** Done when label and policy are in force. Reports traffic that is still allowed. */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, Memo memo, Duration since) {
    Pod pod = Pod.read(state);
    Cluster.Isolation isolation = scope.cluster().isolation(pod);
    if (!isolation.inForce()) {
      return pending(pod, since);
    }
    return isolation.caveats().isEmpty()
        ? new Progress.Done(
            ResponseOutcome.TAKEN,
            "isolated by a NetworkPolicy; connections that were already open may persist",
            true)
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "isolation is incomplete: " + String.join("; ", isolation.caveats()),
            true);
  }

  private static Progress pending(Pod pod, Duration since) {
    return new Progress.Pending(
        pod.toJson(),
        new Progress.Done(
            ResponseOutcome.FAILED,
            "the isolation had not taken effect after " + since.toMillis() + " ms",
            true));
  }

  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        switch (scope.cluster().release(Pod.read(subject))) {
          case MADE -> "the pod is back on the network";
          case GONE -> "the pod is gone; its NetworkPolicy was deleted";
          case REPLACED ->
              "another pod has that name now and was not changed; the NetworkPolicy was deleted";
        });
  }

  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return scope.cluster().isolation(Pod.read(subject)).inForce();
  }

  /**
   * Also undoes containments without an action: the ledger's first version stored only isolations.
   */
  @Override
  public boolean undoes(Containment containment) {
    return containment.action().isEmpty() || containment.action().equals(name());
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Grants.GET_POD,
        Grants.GET_REPLICA_SET,
        Grants.LABEL_POD,
        Grants.CREATE_POLICY,
        Grants.LIST_POLICIES,
        Grants.DELETE_POLICY);
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
