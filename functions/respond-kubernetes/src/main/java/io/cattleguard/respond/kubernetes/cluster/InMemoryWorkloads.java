package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The workloads of a simulated cluster, which want a number of pods. */
final class InMemoryWorkloads {
  /**
   * How many pods a workload wants.
   *
   * @param template one of its pods
   * @param changedBy who changed the number last
   */
  private record Scale(Pod template, int replicas, String changedBy) {}

  private static final String OURS = "cattleguard";

  private final InMemoryPods pods;

  /** By namespace, kind and name. */
  private final Map<String, Scale> scales = new LinkedHashMap<>();

  InMemoryWorkloads(InMemoryPods pods) {
    this.pods = pods;
  }

  /** The pod's workload wants one more. */
  void wantOneMore(Pod pod) {
    scales.put(pod.workload(), new Scale(pod, wanted(pod) + 1, "kubectl"));
  }

  /** Whether the pod's workload has fewer pods than it wants. */
  boolean isShort(Pod pod) {
    return pods.others(pod).filter(other -> !other.terminating()).count() < wanted(pod);
  }

  private int wanted(Pod pod) {
    return Optional.ofNullable(scales.get(pod.workload())).map(Scale::replicas).orElse(0);
  }

  Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return Optional.ofNullable(scales.get(namespace + "/" + owner))
        .filter(scale -> Workload.PAUSABLE.contains(owner.kind()))
        .map(
            scale ->
                new Workload(
                    namespace,
                    owner.kind(),
                    owner.name(),
                    "uid-of-" + owner,
                    scale.replicas(),
                    (int) pods.of(namespace + "/" + owner).count(),
                    scale.replicas() == 0 && scale.changedBy().equals(OURS),
                    Optional.of(scale.changedBy()),
                    Optional.empty(),
                    List.of()));
  }

  Change pause(Workload workload) {
    Scale scale = scales.get(workload.workload());
    if (scale != null && scale.replicas() != workload.replicas() && scale.replicas() != 0) {
      throw new Unavailable(workload.inWords() + " was scaled meanwhile, so it was not paused");
    }
    return scale(workload, 0);
  }

  Change resume(Workload workload) {
    boolean ours =
        workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
            .filter(Workload::pausedByUs)
            .isPresent();
    return ours ? scale(workload, workload.replicas()) : check(workload);
  }

  /** Sets how many pods it wants. */
  Change scale(Workload workload, int replicas) {
    Change check = check(workload);
    if (check == Change.MADE) {
      scaleBy(OURS, workload.workload(), replicas);
    }
    return check;
  }

  /** Something scales a workload such as {@code shop/Deployment/web}. */
  void scaleBy(String who, String workload, int replicas) {
    Scale is = scales.get(workload);
    if (is == null || is.replicas() == replicas) {
      return;
    }
    scales.put(workload, new Scale(is.template(), replicas, who));
    List<Pod> there = pods.of(workload).filter(pod -> !pod.terminating()).toList();
    for (Pod pod : there.subList(Math.min(replicas, there.size()), there.size())) {
      pods.terminate(pod);
    }
    for (int i = there.size(); i < replicas; i++) {
      pods.replace(named(is.template(), i), is.template().owner().orElseThrow());
    }
  }

  /** The pods of a StatefulSet are numbered; the names of others end at random. */
  private static Pod named(Pod template, int number) {
    String name = template.name();
    boolean numbered = template.owner().filter(one -> one.kind().equals("StatefulSet")).isPresent();
    return numbered
        ? new Pod(
            template.namespace(),
            name.substring(0, name.lastIndexOf('-') + 1) + number,
            template.uid(),
            template.node(),
            template.createdAt(),
            template.owner(),
            false,
            false,
            template.hostNetwork(),
            true,
            List.of())
        : template;
  }

  /** Whether the workload is there, and is the one of that UID. */
  Change check(Workload workload) {
    return workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
        .map(is -> is.uid().equals(workload.uid()) ? Change.MADE : Change.REPLACED)
        .orElse(Change.GONE);
  }
}
