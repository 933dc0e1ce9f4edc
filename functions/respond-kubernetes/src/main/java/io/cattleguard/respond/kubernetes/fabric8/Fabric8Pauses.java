package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.EditReplacePatchable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Pauses and resumes workloads: patches of the scale, or of the suspension of a Job. */
final class Fabric8Pauses {
  /** To scale a workload that changes meanwhile. */
  private static final int ATTEMPTS = 4;

  private final KubernetesClient client;
  private final Fabric8Workloads workloads;

  Fabric8Pauses(KubernetesClient client, Fabric8Workloads workloads) {
    this.client = client;
    this.workloads = workloads;
  }

  /** Suspends a CronJob before its Job, so that it starts no other one. */
  Change pause(Workload workload) {
    return switch (workload.kind()) {
      case "Job" -> {
        workload.schedule().ifPresent(cron -> suspendCron(workload.namespace(), cron, true));
        yield patch(workload, suspension(true), jobs(workload));
      }
      default -> scaleToZero(workload);
    };
  }

  /**
   * The release restores the number of pods that was read, so a workload that was scaled since is
   * read again by another attempt. The last try has no version, because a rollout changes its
   * status all the time.
   */
  private Change scaleToZero(Workload workload) {
    Pod.Owner owner = new Pod.Owner(workload.kind(), workload.name());
    for (int attempt = 1; ; attempt++) {
      Optional<Fabric8Workloads.Wanted> wanted = workloads.wanted(workload.namespace(), owner);
      if (wanted.isEmpty()) {
        return Change.GONE;
      }
      Fabric8Workloads.Wanted now = wanted.get();
      if (now.uid().equals(workload.uid())
          && now.pods() != workload.replicas()
          && now.pods() != 0) {
        throw new Unavailable(
            workload.inWords()
                + " was scaled from "
                + workload.replicas()
                + " to "
                + now.pods()
                + " pods meanwhile, so it was not paused");
      }
      Optional<String> version = attempt < ATTEMPTS ? Optional.of(now.version()) : Optional.empty();
      try {
        return patch(workload, replicas(0), version, scale(workload));
      } catch (Unavailable e) {
        if (version.isEmpty() || !isConflict(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean isConflict(Unavailable e) {
    return e.getCause() instanceof KubernetesClientException cause
        && cause.getCode() == Fabric8Answers.CONFLICT;
  }

  Change resume(Workload workload) {
    Optional<Workload> is =
        workloads.workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()));
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
        asking(() -> workloads.cronJob(namespace, cron.name()))
            .filter(now -> Boolean.TRUE.equals(now.getSpec().getSuspend()))
            .filter(now -> Fabric8Workloads.isSuspendedByUs(now))
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
            () -> workloads.cronJob(namespace, cron.name()).map(now -> now.getMetadata().getUid()),
            () ->
                client
                    .batch()
                    .v1()
                    .cronjobs()
                    .inNamespace(namespace)
                    .withName(cron.name())
                    .patch(context(), body(cron.uid(), Optional.empty(), suspension(suspend))));
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
    return workloads
        .scalable(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
        .orElseThrow(() -> new IllegalArgumentException(workload.kind() + " has no scale"))
        .subresource("scale");
  }

  private Change patch(Workload workload, ObjectNode spec, EditReplacePatchable<?> resource) {
    return patch(workload, spec, Optional.empty(), resource);
  }

  private Change patch(
      Workload workload,
      ObjectNode spec,
      Optional<String> version,
      EditReplacePatchable<?> resource) {
    return make(
        workload.uid(),
        () ->
            workloads
                .workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
                .map(Workload::uid),
        () -> resource.patch(context(), body(workload.uid(), version, spec)));
  }

  /** Makes a change that carries the object's UID. */
  private static Change make(
      String uid, Supplier<Optional<String>> uidNow, Supplier<@Nullable Object> change) {
    try {
      // The client reads the object before it patches it, and patches nothing if it is gone.
      return change.get() == null ? Change.GONE : Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case Fabric8Answers.FORBIDDEN -> throw Fabric8Answers.denied(e);
        case Fabric8Answers.NOT_FOUND, Fabric8Answers.CONFLICT, Fabric8Answers.UNPROCESSABLE -> {
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
        .withFieldManager(Fabric8Workloads.MANAGER)
        .build();
  }

  /** A merge patch that names UID and version is refused where the object has others. */
  private static String body(String uid, Optional<String> version, ObjectNode spec) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = patch.putObject("metadata").put("uid", uid);
    version.ifPresent(one -> metadata.put("resourceVersion", one));
    patch.set("spec", spec);
    return patch.toString();
  }
}
