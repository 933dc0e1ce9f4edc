package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.Eviction;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Changes one exact pod, and distinguishes a pod that is gone from a change that was denied. */
final class Fabric8Changes {
  /** Attempts with a version; one more follows without a version. */
  private static final int ATTEMPTS = 3;

  private final KubernetesClient client;
  private final Fabric8Pods pods;

  Fabric8Changes(KubernetesClient client, Fabric8Pods pods) {
    this.client = client;
    this.pods = pods;
  }

  /**
   * Sends raw requests, so that the preconditions are certainly in their bodies: the UID, and the
   * version that guards decided on.
   */
  Change delete(Pod pod, Duration grace) {
    return asRead(
        pod,
        version -> client.raw(path(pod), "DELETE", options(pod, version, grace)),
        grace.isZero() ? Optional.empty() : Optional.of(() -> evictOrDelete(pod, grace)));
  }

  /**
   * The Eviction API does not support a pod that several budgets select. Otherwise a pod whose
   * labels change all the time would never be deleted.
   */
  private Change evictOrDelete(Pod pod, Duration grace) {
    try {
      return evict(pod, grace);
    } catch (Unavailable e) {
      if (!(e.getCause() instanceof KubernetesClientException cause) || !isOfSeveral(cause)) {
        throw e;
      }
    }
    return make(pod, () -> client.raw(path(pod), "DELETE", options(pod, Optional.empty(), grace)));
  }

  private static boolean isOfSeveral(KubernetesClientException e) {
    return String.valueOf(e.getMessage()).contains("more than one PodDisruptionBudget");
  }

  /**
   * Makes a change of the pod as guards saw it. If it has changed since, and still has its
   * controller and its isolation, the change is sent again with the new version. The last attempt
   * has no version, because the kubelet of a crashing pod may change the pod before every attempt.
   *
   * @param change of the pod with that version, or of any version
   * @param relabelled what to do instead if its labels have changed, so that other budgets may
   *     select it
   * @throws Unavailable if it was released from its isolation, or has another controller
   */
  Change asRead(Pod pod, Consumer<Optional<String>> change, Optional<Supplier<Change>> relabelled) {
    String version = pod.version();
    for (int attempt = 1; !version.isEmpty(); attempt++) {
      try {
        change.accept(Optional.of(version));
        return Change.MADE;
      } catch (KubernetesClientException e) {
        Optional<Now> now =
            e.getCode() == Fabric8Answers.CONFLICT ? now(pod, version) : Optional.empty();
        if (now.isEmpty()) {
          return answer(pod, e);
        }
        if (now.get().isRelabelled() && relabelled.isPresent()) {
          return relabelled.get().get();
        }
        version = attempt < ATTEMPTS ? now.get().version() : "";
      }
    }
    return make(pod, () -> change.accept(Optional.empty()));
  }

  /**
   * The pod as it is now; empty if it is gone, or is the version that was sent.
   *
   * @throws Unavailable if it was released from its isolation, or has another controller
   */
  private Optional<Now> now(Pod pod, String sent) {
    return Fabric8Answers.asking(() -> pods.findExact(pod))
        .filter(one -> !Fabric8Pods.version(one).equals(sent))
        .map(
            one -> {
              Fabric8Pods.Read is = Fabric8Pods.Read.of(one);
              Fabric8Pods.Read was =
                  pods.asRead(pod)
                      .filter(before -> before.isAlike(is, pod.uid()))
                      .orElseThrow(
                          () ->
                              new Unavailable(
                                  pod.inWords()
                                      + " was released, or has another controller than its guards"
                                      + " saw"));
              return new Now(Fabric8Pods.version(one), !was.labels().equals(is.labels()));
            });
  }

  /** A pod that has changed since its guards saw it. */
  private record Now(String version, boolean isRelabelled) {}

  /**
   * Sends a raw request to the Eviction API, which keeps one budget under any number of clients.
   *
   * @see <a href="https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/">Eviction
   *     API</a>
   */
  Change evict(Pod pod, Duration grace) {
    Eviction eviction =
        new EvictionBuilder()
            .withNewMetadata()
            .withNamespace(pod.namespace())
            .withName(pod.name())
            .endMetadata()
            .withDeleteOptions(options(pod, Optional.empty(), grace))
            .build();
    try {
      return make(pod, () -> client.raw(path(pod) + "/eviction", "POST", eviction));
    } catch (Unavailable e) {
      if (e.getCause() instanceof KubernetesClientException cause && isOfBudget(cause)) {
        return Change.REFUSED_BY_BUDGET;
      }
      throw e;
    }
  }

  /** A busy API server answers 429 too, without this cause. */
  private static boolean isOfBudget(KubernetesClientException e) {
    return e.getCode() == Fabric8Answers.TOO_MANY_REQUESTS
        && e.getStatus() != null
        && e.getStatus().getDetails() != null
        && e.getStatus().getDetails().getCauses().stream()
            .anyMatch(cause -> "DisruptionBudget".equals(cause.getReason()));
  }

  private static String path(Pod pod) {
    return "/api/v1/namespaces/"
        + Fabric8Answers.segment(pod.namespace())
        + "/pods/"
        + Fabric8Answers.segment(pod.name());
  }

  private static DeleteOptions options(Pod pod, Optional<String> version, Duration grace) {
    return new DeleteOptionsBuilder()
        .withGracePeriodSeconds(grace.toSeconds())
        .withNewPreconditions()
        .withUid(pod.uid())
        .withResourceVersion(version.orElse(null))
        .endPreconditions()
        .build();
  }

  /** Makes a change that carries the pod's UID. */
  Change make(Pod pod, Runnable change) {
    try {
      change.run();
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return answer(pod, e);
    }
  }

  private Change answer(Pod pod, KubernetesClientException e) {
    return switch (e.getCode()) {
      case Fabric8Answers.FORBIDDEN -> throw Fabric8Answers.denied(e);
      case Fabric8Answers.NOT_FOUND, Fabric8Answers.CONFLICT, Fabric8Answers.UNPROCESSABLE ->
          refused(pod, e);
      default -> throw Fabric8Answers.unavailable(e);
    };
  }

  /**
   * Finds out why a change was refused. A UID that does not match and an admission policy share
   * their status codes, an admission webhook chooses any code, and a reason is optional, so only
   * the pod itself can tell.
   *
   * @throws Denied if it is still that very pod
   */
  private Change refused(Pod pod, KubernetesClientException e) {
    Optional<String> uid =
        Fabric8Answers.asking(
            () -> pods.find(pod.namespace(), pod.name()).map(now -> now.getMetadata().getUid()));
    if (uid.isEmpty()) {
      return Change.GONE;
    }
    if (!uid.get().equals(pod.uid())) {
      return Change.REPLACED;
    }
    throw Fabric8Answers.denied(e);
  }
}
