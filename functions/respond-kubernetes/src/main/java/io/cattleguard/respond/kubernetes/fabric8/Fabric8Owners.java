package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says why a pod is none of the workload that it names: an owner reference is the pod's own claim,
 * so the owner must exist and must select the pod.
 */
final class Fabric8Owners {
  private final KubernetesClient client;
  private final Fabric8Pods pods;

  Fabric8Owners(KubernetesClient client, Fabric8Pods pods) {
    this.client = client;
    this.pods = pods;
  }

  /** Reads the pod and its owners now, because an owner reference is the pod's own claim. */
  Optional<String> foreign(Pod pod) {
    return asking(
        () ->
            pods.findExact(pod)
                .map(
                    found ->
                        Controllers.of(found)
                            .map(reference -> foreign(pod, found, reference))
                            .orElse(Optional.of(Workload.DETACHED)))
                .orElse(Optional.of("it no longer exists")));
  }

  private Optional<String> foreign(
      Pod pod, io.fabric8.kubernetes.api.model.Pod found, OwnerReference reference) {
    String namespace = pod.namespace();
    Map<String, String> labels = Fabric8Pods.labels(found);
    if (!pod.owner().equals(Optional.of(pods.owner(namespace, reference)))) {
      return Optional.of("its owner is another one now");
    }
    return switch (Controllers.kind(reference)) {
      case "ReplicaSet" -> {
        ReplicaSet set =
            client.apps().replicaSets().inNamespace(namespace).withName(reference.getName()).get();
        Optional<String> doubt =
            doubt(reference, set, set == null ? null : set.getSpec().getSelector(), labels);
        Optional<OwnerReference> above = set == null ? Optional.empty() : Controllers.of(set);
        yield doubt.or(() -> above.flatMap(one -> foreignToDeployment(namespace, one, labels)));
      }
      case "StatefulSet" -> {
        StatefulSet set =
            client.apps().statefulSets().inNamespace(namespace).withName(reference.getName()).get();
        yield doubt(reference, set, set == null ? null : set.getSpec().getSelector(), labels);
      }
      case "Job" -> {
        Job job = job(namespace, reference.getName()).orElse(null);
        Optional<String> doubt =
            doubt(reference, job, job == null ? null : job.getSpec().getSelector(), labels);
        Optional<OwnerReference> above = job == null ? Optional.empty() : Controllers.of(job);
        yield doubt.or(
            () ->
                above
                    .filter(one -> Controllers.kind(one).equals("CronJob"))
                    .flatMap(one -> otherUid(one, cronJob(namespace, one.getName()).orElse(null))));
      }
      default ->
          Optional.of("it names " + named(reference) + " as its owner, which makes no pods itself");
    };
  }

  private Optional<String> foreignToDeployment(
      String namespace, OwnerReference reference, Map<String, String> labels) {
    if (!Controllers.kind(reference).equals("Deployment")) {
      return Optional.of("its ReplicaSet belongs to " + named(reference));
    }
    Deployment deployment =
        client.apps().deployments().inNamespace(namespace).withName(reference.getName()).get();
    return doubt(
        reference,
        deployment,
        deployment == null ? null : deployment.getSpec().getSelector(),
        labels);
  }

  private static Optional<String> doubt(
      OwnerReference reference,
      @Nullable HasMetadata owner,
      @Nullable LabelSelector selector,
      Map<String, String> labels) {
    return otherUid(reference, owner)
        .or(
            () ->
                selector == null
                        || LabelSelectors.isEmpty(selector)
                        || !LabelSelectors.matches(selector, labels)
                    ? Optional.of(
                        "the selector of " + named(reference) + " does not match its labels")
                    : Optional.empty());
  }

  private static Optional<String> otherUid(OwnerReference reference, @Nullable HasMetadata owner) {
    if (owner == null) {
      return Optional.of(named(reference) + " no longer exists");
    }
    return owner.getMetadata().getUid().equals(reference.getUid())
        ? Optional.empty()
        : Optional.of("the owner reference has another UID than " + named(reference));
  }

  private static String named(OwnerReference reference) {
    return reference.getKind() + "/" + reference.getName();
  }

  private Optional<Job> job(String namespace, String name) {
    return Optional.ofNullable(
        client.batch().v1().jobs().inNamespace(namespace).withName(name).get());
  }

  private Optional<CronJob> cronJob(String namespace, String name) {
    return Optional.ofNullable(
        client.batch().v1().cronjobs().inNamespace(namespace).withName(name).get());
  }
}
