package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.EditReplacePatchable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads, pauses and resumes workloads. Who changed the number of pods last is read from the
 * workload's managed fields.
 */
final class Fabric8Workloads {
  private static final String MANAGER = "cattleguard";
  private static final String REPLICAS = "f:replicas";

  /** The conditions with which a Job's controller says that it starts no pods. */
  private static final Set<String> SETTLED = Set.of("Suspended", "Complete", "Failed");

  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");
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

  /** Reads the pod and its owners now, because an owner reference is the pod's own claim. */
  Optional<String> foreign(Pod pod) {
    return asking(
        () ->
            pods.findExact(pod)
                .map(
                    found ->
                        Fabric8Pods.controller(found)
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
    return switch (Fabric8Pods.isReplicaSet(reference) ? "ReplicaSet" : kind(reference)) {
      case "ReplicaSet" -> {
        ReplicaSet set =
            client.apps().replicaSets().inNamespace(namespace).withName(reference.getName()).get();
        Optional<String> doubt =
            doubt(reference, set, set == null ? null : set.getSpec().getSelector(), labels);
        Optional<OwnerReference> above =
            set == null ? Optional.empty() : Fabric8Pods.controller(set);
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
        Optional<OwnerReference> above =
            job == null ? Optional.empty() : Fabric8Pods.controller(job);
        yield doubt.or(
            () ->
                above
                    .filter(one -> one.getKind().equals("CronJob"))
                    .flatMap(one -> otherUid(one, cronJob(namespace, one.getName()).orElse(null))));
      }
      default ->
          Optional.of("it names " + named(reference) + " as its owner, which makes no pods itself");
    };
  }

  private Optional<String> foreignToDeployment(
      String namespace, OwnerReference reference, Map<String, String> labels) {
    if (!kind(reference).equals("Deployment")) {
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

  /** The kind, if the API group is the one of that kind. */
  private static String kind(OwnerReference reference) {
    String group = reference.getApiVersion();
    return switch (reference.getKind()) {
      case "StatefulSet", "Deployment" -> group.startsWith("apps/") ? reference.getKind() : "";
      case "Job" -> group.startsWith("batch/") ? "Job" : "";
      default -> "";
    };
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
                        || Fabric8Selectors.isEmpty(selector)
                        || !Fabric8Selectors.matches(selector, labels)
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

  Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return asking(
        () ->
            switch (owner.kind()) {
              case "Deployment" ->
                  Optional.ofNullable(
                          client
                              .apps()
                              .deployments()
                              .inNamespace(namespace)
                              .withName(owner.name())
                              .get())
                      .map(
                          one ->
                              scaled(
                                  one,
                                  one.getSpec().getReplicas(),
                                  one.getSpec().getSelector(),
                                  one.getStatus() == null ? null : one.getStatus().getReplicas(),
                                  one.getStatus() == null
                                      ? null
                                      : one.getStatus().getObservedGeneration()));
              case "StatefulSet" ->
                  Optional.ofNullable(
                          client
                              .apps()
                              .statefulSets()
                              .inNamespace(namespace)
                              .withName(owner.name())
                              .get())
                      .map(
                          one ->
                              scaled(
                                  one,
                                  one.getSpec().getReplicas(),
                                  one.getSpec().getSelector(),
                                  one.getStatus() == null ? null : one.getStatus().getReplicas(),
                                  one.getStatus() == null
                                      ? null
                                      : one.getStatus().getObservedGeneration()));
              case "ReplicaSet" ->
                  Optional.ofNullable(
                          client
                              .apps()
                              .replicaSets()
                              .inNamespace(namespace)
                              .withName(owner.name())
                              .get())
                      .map(
                          one ->
                              scaled(
                                  one,
                                  one.getSpec().getReplicas(),
                                  one.getSpec().getSelector(),
                                  one.getStatus() == null ? null : one.getStatus().getReplicas(),
                                  one.getStatus() == null
                                      ? null
                                      : one.getStatus().getObservedGeneration()));
              case "Job" -> job(namespace, owner.name()).map(this::suspended);
              default -> Optional.empty();
            });
  }

  private Optional<Job> job(String namespace, String name) {
    return Optional.ofNullable(
        client.batch().v1().jobs().inNamespace(namespace).withName(name).get());
  }

  private Workload scaled(
      HasMetadata object,
      @Nullable Integer wanted,
      LabelSelector selector,
      @Nullable Integer there,
      @Nullable Long observed) {
    int replicas = Objects.requireNonNullElse(wanted, 1);
    List<String> rivals = new ArrayList<>(autoscalers(object));
    rivals.addAll(gitOps(object));
    Fabric8Pods.controller(object).map(Fabric8Workloads::controlled).ifPresent(rivals::add);
    Optional<String> changedBy = managerOf(object, REPLICAS);
    return new Workload(
        object.getMetadata().getNamespace(),
        object.getKind(),
        object.getMetadata().getName(),
        object.getMetadata().getUid(),
        replicas,
        replicas == 0
            ? left(object, selector, there, isObserved(object, observed))
            : Objects.requireNonNullElse(there, 0),
        // A zero that was set through the scale has no manager: the scale leaves the field out.
        replicas == 0 && changedBy.filter(manager -> !manager.equals(MANAGER)).isEmpty(),
        changedBy,
        Optional.empty(),
        rivals);
  }

  private Workload suspended(Job job) {
    Optional<CronJob> cron =
        Fabric8Pods.controller(job)
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
    Fabric8Pods.controller(job)
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
                    managerOf(one, SUSPEND).filter(MANAGER::equals).isPresent())),
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
        selector == null || Fabric8Selectors.isEmpty(selector)
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
    Optional<OwnerReference> controller = Fabric8Pods.controller(pod);
    if (controller.isEmpty()) {
      return false;
    }
    if (!workload.getKind().equals("Deployment")) {
      return workload.getMetadata().getUid().equals(controller.get().getUid());
    }
    OwnerReference top = pods.top(workload.getMetadata().getNamespace(), controller.get());
    return Fabric8Pods.isReplicaSet(top) || workload.getMetadata().getUid().equals(top.getUid());
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
                  .filter(pod -> runs(pod) && Fabric8Pods.controller(pod).isEmpty())
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

  private Optional<CronJob> cronJob(String namespace, String name) {
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

  /** The marks that GitOps controllers set on what they apply. They only tell people. */
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
        // A server-side apply shares the field; it is ours only if nobody else has it.
        .reduce((one, other) -> one.equals(MANAGER) ? other : one);
  }

  /** Suspends a CronJob before its Job, so that it starts no other one. */
  Change pause(Workload workload) {
    return switch (workload.kind()) {
      case "Job" -> {
        workload.schedule().ifPresent(cron -> suspendCron(workload.namespace(), cron, true));
        yield patch(workload, suspension(true), jobs(workload));
      }
      default -> patch(workload, replicas(0), scale(workload));
    };
  }

  Change resume(Workload workload) {
    Optional<Workload> is =
        workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()));
    workload.schedule().ifPresent(cron -> resumeCron(workload.namespace(), cron));
    if (is.isEmpty()) {
      return Change.GONE;
    }
    if (!is.get().uid().equals(workload.uid())) {
      return Change.REPLACED;
    }
    if (!is.get().pausedByUs() || workload.replicas() == 0) {
      return Change.MADE;
    }
    return workload.kind().equals("Job")
        ? patch(workload, suspension(false), jobs(workload))
        : patch(workload, replicas(workload.replicas()), scale(workload));
  }

  private void resumeCron(String namespace, Workload.Schedule cron) {
    boolean ours =
        asking(() -> cronJob(namespace, cron.name()))
            .filter(now -> Boolean.TRUE.equals(now.getSpec().getSuspend()))
            .filter(now -> managerOf(now, SUSPEND).filter(MANAGER::equals).isPresent())
            .isPresent();
    if (ours) {
      suspendCron(namespace, cron, false);
    }
  }

  private void suspendCron(String namespace, Workload.Schedule cron, boolean suspend) {
    if (cron.suspended() && suspend) {
      return;
    }
    Change unused =
        make(
            cron.uid(),
            () -> cronJob(namespace, cron.name()).map(now -> now.getMetadata().getUid()),
            () ->
                client
                    .batch()
                    .v1()
                    .cronjobs()
                    .inNamespace(namespace)
                    .withName(cron.name())
                    .patch(context(), body(cron.uid(), suspension(suspend))));
  }

  private static ObjectNode replicas(int number) {
    return JsonNodeFactory.instance.objectNode().put("replicas", number);
  }

  private static ObjectNode suspension(boolean suspend) {
    return JsonNodeFactory.instance.objectNode().put("suspend", suspend);
  }

  private EditReplacePatchable<?> jobs(Workload workload) {
    return client.batch().v1().jobs().inNamespace(workload.namespace()).withName(workload.name());
  }

  /** The scale is a resource of its own, so the permission to patch it changes nothing else. */
  private EditReplacePatchable<?> scale(Workload workload) {
    Resource<? extends HasMetadata> resource =
        switch (workload.kind()) {
          case "Deployment" ->
              client
                  .apps()
                  .deployments()
                  .inNamespace(workload.namespace())
                  .withName(workload.name());
          case "StatefulSet" ->
              client
                  .apps()
                  .statefulSets()
                  .inNamespace(workload.namespace())
                  .withName(workload.name());
          case "ReplicaSet" ->
              client
                  .apps()
                  .replicaSets()
                  .inNamespace(workload.namespace())
                  .withName(workload.name());
          default -> throw new IllegalArgumentException(workload.kind() + " has no scale");
        };
    return resource.subresource("scale");
  }

  private Change patch(Workload workload, ObjectNode spec, EditReplacePatchable<?> resource) {
    return make(
        workload.uid(),
        () ->
            workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
                .map(Workload::uid),
        () -> resource.patch(context(), body(workload.uid(), spec)));
  }

  /** Makes a change that carries the object's UID. */
  private static Change make(
      String uid, Supplier<Optional<String>> uidNow, Supplier<@Nullable Object> change) {
    try {
      // The client reads the object before it patches it, and patches nothing if it is gone.
      return change.get() == null ? Change.GONE : Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case Fabric8Answers.NOT_FOUND -> Change.GONE;
        case Fabric8Answers.FORBIDDEN -> throw Fabric8Answers.denied(e);
        case Fabric8Answers.CONFLICT, Fabric8Answers.UNPROCESSABLE -> {
          Optional<String> now = asking(uidNow);
          if (now.isEmpty()) {
            yield Change.GONE;
          }
          if (!now.get().equals(uid)) {
            yield Change.REPLACED;
          }
          throw e.getCode() == Fabric8Answers.CONFLICT
              ? Fabric8Answers.unavailable(e)
              : Fabric8Answers.denied(e);
        }
        default -> throw Fabric8Answers.unavailable(e);
      };
    }
  }

  private static PatchContext context() {
    return new PatchContext.Builder()
        .withPatchType(PatchType.JSON_MERGE)
        .withFieldManager(MANAGER)
        .build();
  }

  /** A merge patch that names the UID is refused where the object has another. */
  private static String body(String uid, ObjectNode spec) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("uid", uid);
    patch.set("spec", spec);
    return patch.toString();
  }
}
