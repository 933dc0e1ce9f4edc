package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.AppsAPIGroupDSL;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads workloads. The workload's managed fields show which client changed the number of pods last.
 */
final class Fabric8Workloads {
  static final String MANAGER = "cattleguard";
  private static final String REPLICAS = "f:replicas";

  /** The conditions with which a Job's controller says that it starts no pods. */
  private static final Set<String> SETTLED = Set.of("Suspended", "Complete", "Failed");

  static final Set<String> ENDED = Set.of("Succeeded", "Failed");
  private static final String SUSPEND = "f:suspend";

  private final KubernetesClient client;
  private final Fabric8Pods pods;

  Fabric8Workloads(KubernetesClient client, Fabric8Pods pods) {
    this.client = client;
    this.pods = pods;
  }

  /** The workload of a pod, unless another one has its name by now. */
  Optional<Workload> workload(Pod pod) {
    return pod.owner()
        .flatMap(
            owner ->
                workload(pod.namespace(), owner)
                    .filter(
                        found ->
                            pods.uidOfOwner(pod.namespace(), owner)
                                .map(found.uid()::equals)
                                .orElse(false)));
  }

  Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return asking(
        () ->
            owner.kind().equals("Job")
                ? job(namespace, owner.name()).map(this::suspended)
                : scalable(namespace, owner)
                    .flatMap(one -> Optional.ofNullable(one.get()))
                    .map(one -> scaled(one, Scale.of(one))));
  }

  /** The workload that has a scale, whether it exists or not; empty if no such kind has one. */
  Optional<Resource<? extends HasMetadata>> scalable(String namespace, Pod.Owner owner) {
    AppsAPIGroupDSL apps = client.apps();
    return switch (owner.kind()) {
      case "Deployment" ->
          Optional.of(apps.deployments().inNamespace(namespace).withName(owner.name()));
      case "StatefulSet" ->
          Optional.of(apps.statefulSets().inNamespace(namespace).withName(owner.name()));
      case "ReplicaSet" ->
          Optional.of(apps.replicaSets().inNamespace(namespace).withName(owner.name()));
      default -> Optional.empty();
    };
  }

  /**
   * How many pods a workload wants.
   *
   * @param version of the object that says so
   */
  record Wanted(String uid, String version, int pods) {}

  /** How many pods a workload with a scale wants now. */
  Optional<Wanted> wanted(String namespace, Pod.Owner owner) {
    return asking(
        () ->
            scalable(namespace, owner)
                .flatMap(one -> Optional.ofNullable(one.get()))
                .map(
                    one ->
                        new Wanted(
                            one.getMetadata().getUid(),
                            Fabric8Pods.version(one),
                            Objects.requireNonNullElse(Scale.of(one).wanted, 1))));
  }

  /**
   * The API server's state of a workload's scale.
   *
   * @param wanted the number of pods in its spec
   * @param there the number of pods in its status
   * @param observed the generation that its controller has seen
   */
  private record Scale(
      LabelSelector selector,
      @Nullable Integer wanted,
      @Nullable Integer there,
      @Nullable Long observed) {
    static Scale of(HasMetadata object) {
      return switch (object) {
        case Deployment one ->
            new Scale(
                one.getSpec().getSelector(),
                one.getSpec().getReplicas(),
                of(one.getStatus(), DeploymentStatus::getReplicas),
                of(one.getStatus(), DeploymentStatus::getObservedGeneration));
        case StatefulSet one ->
            new Scale(
                one.getSpec().getSelector(),
                one.getSpec().getReplicas(),
                of(one.getStatus(), StatefulSetStatus::getReplicas),
                of(one.getStatus(), StatefulSetStatus::getObservedGeneration));
        case ReplicaSet one ->
            new Scale(
                one.getSpec().getSelector(),
                one.getSpec().getReplicas(),
                of(one.getStatus(), ReplicaSetStatus::getReplicas),
                of(one.getStatus(), ReplicaSetStatus::getObservedGeneration));
        default -> throw new IllegalArgumentException(object.getKind() + " has no scale");
      };
    }

    private static <S, N> @Nullable N of(@Nullable S status, Function<S, @Nullable N> field) {
      return status == null ? null : field.apply(status);
    }
  }

  private Optional<Job> job(String namespace, String name) {
    return Optional.ofNullable(
        client.batch().v1().jobs().inNamespace(namespace).withName(name).get());
  }

  private Workload scaled(HasMetadata object, Scale scale) {
    int replicas = Objects.requireNonNullElse(scale.wanted, 1);
    List<String> rivals = new ArrayList<>(autoscalers(object));
    rivals.addAll(gitOps(object));
    Controllers.of(object).map(Fabric8Workloads::controlled).ifPresent(rivals::add);
    Optional<String> changedBy = managerOf(object, REPLICAS);
    return new Workload(
        object.getMetadata().getNamespace(),
        object.getKind(),
        object.getMetadata().getName(),
        object.getMetadata().getUid(),
        replicas,
        replicas == 0
            ? left(object, scale.selector, scale.there, isObserved(object, scale.observed))
            : Objects.requireNonNullElse(scale.there, 0),
        // A zero that was set through the scale has no manager: the scale leaves the field out.
        replicas == 0 && changedBy.filter(manager -> !manager.equals(MANAGER)).isEmpty(),
        changedBy,
        Optional.empty(),
        rivals);
  }

  private Workload suspended(Job job) {
    Optional<CronJob> cron =
        Controllers.of(job)
            .filter(owner -> owner.getKind().equals("CronJob"))
            .flatMap(
                owner ->
                    cronJob(job.getMetadata().getNamespace(), owner.getName())
                        .filter(one -> one.getMetadata().getUid().equals(owner.getUid())));
    Integer active = job.getStatus() == null ? null : job.getStatus().getActive();
    boolean suspended = Boolean.TRUE.equals(job.getSpec().getSuspend());
    Optional<String> changedBy = managerOf(job, SUSPEND);
    List<String> rivals = new ArrayList<>(gitOps(job));
    cron.map(Fabric8Workloads::gitOps).ifPresent(rivals::addAll);
    Controllers.of(job)
        .filter(owner -> !owner.getKind().equals("CronJob"))
        .map(Fabric8Workloads::controlled)
        .ifPresent(rivals::add);
    return new Workload(
        job.getMetadata().getNamespace(),
        "Job",
        job.getMetadata().getName(),
        job.getMetadata().getUid(),
        suspended ? 0 : 1,
        suspended ? left(job, job.getSpec().getSelector(), active, isSettled(job)) : orNone(active),
        suspended && changedBy.filter(MANAGER::equals).isPresent(),
        changedBy,
        cron.map(
            one ->
                new Workload.Schedule(
                    one.getMetadata().getName(),
                    one.getMetadata().getUid(),
                    Boolean.TRUE.equals(one.getSpec().getSuspend()),
                    isSuspendedByUs(one))),
        rivals);
  }

  /** Whether the controller has seen the current spec; until then its status is an earlier one. */
  private static boolean isObserved(HasMetadata object, @Nullable Long observed) {
    Long generation = object.getMetadata().getGeneration();
    return observed != null && generation != null && observed >= generation;
  }

  /** A Job has no observed generation: its controller adds a condition. */
  private static boolean isSettled(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(
                one -> SETTLED.contains(one.getType()) && Objects.equals(one.getStatus(), "True"));
  }

  private static int orNone(@Nullable Integer number) {
    return Objects.requireNonNullElse(number, 0);
  }

  /**
   * How many pods of a paused workload still run. The status counts no pod that is terminating, so
   * the pods are listed.
   */
  private int left(
      HasMetadata object,
      @Nullable LabelSelector selector,
      @Nullable Integer reported,
      boolean observed) {
    long listed =
        selector == null || LabelSelectors.isEmpty(selector)
            ? 1
            : client
                .pods()
                .inNamespace(object.getMetadata().getNamespace())
                .withLabelSelector(selector)
                .list()
                .getItems()
                .stream()
                .filter(pod -> runs(pod) && isOf(object, pod))
                .count();
    int least = observed ? 0 : 1;
    return Math.max(Math.toIntExact(listed), Math.max(least, orNone(reported)));
  }

  /** Whether containers of it may run. A pod on a node that does not answer may. */
  private static boolean runs(io.fabric8.kubernetes.api.model.Pod pod) {
    return pod.getStatus() == null || !ENDED.contains(String.valueOf(pod.getStatus().getPhase()));
  }

  /** A pod whose ReplicaSet is gone counts for the Deployment that selects it. */
  private boolean isOf(HasMetadata workload, io.fabric8.kubernetes.api.model.Pod pod) {
    Optional<OwnerReference> controller = Controllers.of(pod);
    if (controller.isEmpty()) {
      return false;
    }
    if (!workload.getKind().equals("Deployment")) {
      return workload.getMetadata().getUid().equals(controller.get().getUid());
    }
    OwnerReference top = pods.top(workload.getMetadata().getNamespace(), controller.get());
    return Controllers.isReplicaSet(top) || workload.getMetadata().getUid().equals(top.getUid());
  }

  /** Which workload a pod belonged to is read from its NetworkPolicy, not from the pod. */
  List<String> detachedFrom(Workload workload) {
    return asking(
        () -> {
          List<io.fabric8.kubernetes.api.model.Pod> isolated =
              client
                  .pods()
                  .inNamespace(workload.namespace())
                  .withLabel(Grants.QUARANTINE)
                  .list()
                  .getItems()
                  .stream()
                  .filter(pod -> runs(pod) && Controllers.of(pod).isEmpty())
                  .toList();
          if (isolated.isEmpty()) {
            return List.of();
          }
          Pod.Owner owner = new Pod.Owner(workload.kind(), workload.name());
          Set<String> uids =
              client
                  .network()
                  .v1()
                  .networkPolicies()
                  .inNamespace(workload.namespace())
                  .list()
                  .getItems()
                  .stream()
                  .filter(
                      policy ->
                          Fabric8Policies.ownerBefore(policy).filter(owner::equals).isPresent())
                  .map(policy -> policy.getMetadata().getName())
                  .collect(Collectors.toSet());
          return isolated.stream()
              .map(HasMetadata::getMetadata)
              .filter(pod -> uids.contains(Fabric8Policies.name(pod.getUid())))
              .map(ObjectMeta::getName)
              .toList();
        });
  }

  Optional<CronJob> cronJob(String namespace, String name) {
    return Optional.ofNullable(
        client.batch().v1().cronjobs().inNamespace(namespace).withName(name).get());
  }

  /**
   * A HorizontalPodAutoscaler does nothing while its workload wants no pods; KEDA scales it up
   * again.
   */
  private List<String> autoscalers(HasMetadata object) {
    List<HorizontalPodAutoscaler> all;
    try {
      all =
          client
              .autoscaling()
              .v2()
              .horizontalPodAutoscalers()
              .inNamespace(object.getMetadata().getNamespace())
              .list()
              .getItems();
    } catch (KubernetesClientException e) {
      return List.of(
          "whether a HorizontalPodAutoscaler scales it could not be read (HTTP "
              + e.getCode()
              + ")");
    }
    return all.stream()
        .filter(
            one ->
                one.getSpec().getScaleTargetRef().getKind().equals(object.getKind())
                    && one.getSpec()
                        .getScaleTargetRef()
                        .getName()
                        .equals(object.getMetadata().getName()))
        .map(
            one ->
                Fabric8Pods.labels(one).containsKey("scaledobject.keda.sh/name")
                    ? "KEDA scales it and may start it again"
                    : "HorizontalPodAutoscaler "
                        + one.getMetadata().getName()
                        + " leaves it at 0 and scales it again after the release")
        .toList();
  }

  /**
   * The marks that GitOps controllers set on what they apply. They are only for messages to people.
   */
  private static List<String> gitOps(HasMetadata object) {
    List<String> found = new ArrayList<>();
    Map<String, String> labels = Fabric8Pods.labels(object);
    if (Fabric8Pods.annotations(object).containsKey("argocd.argoproj.io/tracking-id")
        || labels.containsKey("argocd.argoproj.io/instance")) {
      found.add("Argo CD manages it and may scale it back: disable its automatic sync");
    }
    if (labels.containsKey("kustomize.toolkit.fluxcd.io/name")
        || labels.containsKey("helm.toolkit.fluxcd.io/name")) {
      found.add("Flux manages it and may scale it back: suspend its reconciliation");
    }
    return found;
  }

  private static String controlled(OwnerReference owner) {
    return owner.getKind() + "/" + owner.getName() + " controls it and may scale it back";
  }

  /** The client that changed a field of the spec last. */
  private static Optional<String> managerOf(HasMetadata object, String field) {
    return object.getMetadata().getManagedFields().stream()
        .filter(
            entry ->
                entry.getFieldsV1() != null
                    && entry.getFieldsV1().getAdditionalProperties().get("f:spec")
                        instanceof Map<?, ?> spec
                    && spec.containsKey(field))
        .map(ManagedFieldsEntry::getManager)
        .filter(Objects::nonNull)
        // A server-side apply shares the field; Cattleguard owns it only if no other manager does.
        .reduce((one, other) -> one.equals(MANAGER) ? other : one);
  }

  /** Whether this responder suspended it, and no other client changed that. */
  static boolean isSuspendedByUs(HasMetadata object) {
    return managerOf(object, SUSPEND).filter(MANAGER::equals).isPresent();
  }
}
