package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
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
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Makes the service account tokens that are bound to one pod useless for changes in the cluster,
 * also where an attacker uses a copy of them. The pod keeps running, and other pods of the account
 * are not affected.
 *
 * <p>The API server denies the changes, because an admission policy in the manifests checks for
 * each token whether its pod is revoked. It cannot deny reads, so the outcome is never more than
 * requested, and that only after the API server was seen to deny.
 *
 * @param leaseTime after which the tokens may change things again
 */
public record RevokeServiceAccount(Duration leaseTime)
    implements Action.Leased<KubernetesScope, ObservedPod> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  private static final String DENIED =
      "the API server denies each change and exec with a token that is bound to this pod, wherever"
          + " it is used. Such a token can still read, also Secrets, until the pod is deleted,"
          + " which makes it invalid within seconds. Not denied: the kubelets' own API, aggregated"
          + " APIs, and other services that accept the token, such as AWS STS (see"
          + " revoke-role-sessions) or Vault; tokens that are not bound to the pod, until they"
          + " expire, and those in Secrets, until they are deleted; impersonated requests and"
          + " changes of admission policies, if the account may make them: then delete the pod";

  private static final String NOT_THERE = "the revocation was not there";
  private static final String NOT_DENIED =
      "the revocation is recorded, but the API server was not seen to deny the tokens";

  /** The API server evaluates the policy once per record and request, which delays all writes. */
  private static final int MOST = 20;

  private static final String COUNTED =
      "Count the revoked pods, because each delays the requests that change something.";
  private static final String RECORDS =
      "Revoke the tokens of one pod, verify it, and undo it: the name of the object is the pod's"
          + " UID.";
  private static final String INSTALLED =
      "Check that the admission policy that denies the tokens of revoked pods is the one that"
          + " ships.";

  /** The record of a revoked pod. Without it the manifests need no policy that reads it. */
  static final Grant CREATE_RECORD =
      Grant.toChange(
          RevocationPolicy.GROUP,
          RevocationPolicy.RESOURCE,
          "create",
          RECORDS,
          new Grant.Change(
              "CREATE",
              "Cattleguard may revoke only pods, each by its UID",
              """
              !(variables.what == 'revokedpods' && request.operation == 'CREATE')
              || (object.metadata.name.matches('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
              && variables.labels.size() == 0 && variables.annotations.size() == 0
              && !has(object.metadata.finalizers) && !has(object.metadata.ownerReferences))
              """));

  private static final Grant DELETE_RECORD =
      Grant.toChange(
          RevocationPolicy.GROUP,
          RevocationPolicy.RESOURCE,
          "delete",
          RECORDS,
          new Grant.Change(
              "DELETE",
              "Cattleguard may end only the revocation of one pod at a time",
              """
              !(variables.what == 'revokedpods' && request.operation == 'DELETE') || request.name != ''
              """));

  /** With a lease of four hours. */
  public RevokeServiceAccount() {
    this(DEFAULT_LEASE);
  }

  @Override
  public String name() {
    return "revoke-service-account";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public RevokeServiceAccount with(PolicyNode settings) {
    return new RevokeServiceAccount(
        settings.mapping("lease").optional("lease").map(PolicyNode::duration).orElse(leaseTime));
  }

  /** The intruder can still read, and the pod keeps running. */
  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public ObservedPod look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedPod.of(scope, scored);
  }

  @Override
  public List<Guard<ObservedPod>> guards() {
    return PodGuards.EVERY;
  }

  /** What a person revoked stays a person's, and is not undone. */
  @Override
  public Progress take(KubernetesScope scope, ObservedPod observed, UndoRecord undo) {
    Pod pod = observed.subject().orElseThrow();
    boolean begunBefore = undo.remembered().isPresent();
    Cluster.Revocation before = scope.cluster().revocation(pod);
    if (before.unenforced().isPresent()) {
      // A record that an earlier attempt made still needs its release.
      return new Progress.Done(
          ResponseOutcome.FAILED,
          (begunBefore ? "the tokens are not denied: " : "nothing was revoked: ")
              + before.unenforced().get(),
          begunBefore);
    }
    if (before.recorded() && !before.ours()) {
      if (!before.denied()) {
        throw new Unavailable("a person has just revoked the tokens, and nothing is denied yet");
      }
      undo.forget();
      return new Progress.Done(
          ResponseOutcome.REQUESTED,
          "nothing to do: a person has revoked the tokens of this pod already, which stays; "
              + DENIED);
    }
    if (!before.recorded() && scope.cluster().revocations() >= MOST) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "the tokens of "
              + MOST
              + " pods are revoked already, and each of them delays every change in the cluster;"
              + " undo some with cattleguard undo, or delete the pod",
          begunBefore);
    }
    undo.remember(pod);
    Cluster.Change change;
    try {
      change = scope.cluster().revokeTokens(pod);
    } catch (Denied e) {
      if (!begunBefore) {
        undo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(pod, NOT_THERE, Duration.ZERO);
      case GONE, REPLACED, REFUSED_BY_BUDGET -> {
        if (begunBefore) {
          Cluster.Change unused = scope.cluster().restoreTokens(pod);
        }
        undo.forget();
        yield new Progress.Done(
            ResponseOutcome.REFUSED,
            "the pod is gone, and its tokens with it; nothing was revoked");
      }
    };
  }

  /** Done when the API server was seen to deny the tokens. */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Pod pod = Pod.read(state);
    Cluster.Revocation revocation = scope.cluster().revocation(pod);
    if (revocation.unenforced().isPresent()) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "the revocation is recorded, but denies nothing: " + revocation.unenforced().get(),
          true);
    }
    return revocation.inForce()
        ? new Progress.Done(ResponseOutcome.REQUESTED, DENIED, true)
        : pending(pod, revocation.recorded() ? NOT_DENIED : NOT_THERE, since);
  }

  private static Progress pending(Pod pod, String missing, Duration since) {
    return new Progress.Pending(
        pod.toJson(),
        new Progress.Done(
            ResponseOutcome.FAILED, missing + " after " + since.toMillis() + " ms", true));
  }

  /** An attempt that was killed after it recorded the revocation has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedPod observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(Pod::read)
        .filter(pod -> scope.cluster().revocation(pod).inForce())
        .map(pod -> new Progress.Done(ResponseOutcome.REQUESTED, DENIED, true));
  }

  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        switch (scope.cluster().restoreTokens(Pod.read(subject))) {
          case MADE -> "tokens that are bound to the pod may change things again";
          case GONE -> "the revocation was already removed";
          case REPLACED, REFUSED_BY_BUDGET -> "a person has revoked the tokens, which stays";
        });
  }

  /** A principal that may delete the record or the policy can end it. */
  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return scope.cluster().revocation(Pod.read(subject)).inForce();
  }

  @Override
  public boolean isUndone(KubernetesScope scope, JsonNode subject) {
    return !holds(scope, subject) && !PodWords.isGone(scope.cluster(), Pod.read(subject));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Grants.GET_POD,
        Grant.toLook(
            "admissionregistration.k8s.io", "validatingadmissionpolicies", "get", INSTALLED),
        Grant.toLook(
            "admissionregistration.k8s.io", "validatingadmissionpolicybindings", "get", INSTALLED),
        Grant.toLook(RevocationPolicy.GROUP, RevocationPolicy.RESOURCE, "get", RECORDS),
        Grant.toLook(RevocationPolicy.GROUP, RevocationPolicy.RESOURCE, "list", COUNTED),
        CREATE_RECORD,
        DELETE_RECORD);
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
