package io.cattleguard.respond.kubernetes.fabric8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Map;
import java.util.Optional;

/** Reads owner references. */
final class Controllers {
  /** The API groups of the kinds of Kubernetes that control pods. */
  private static final Map<String, String> GROUPS =
      Map.of(
          "Deployment", "apps",
          "ReplicaSet", "apps",
          "StatefulSet", "apps",
          "DaemonSet", "apps",
          "Job", "batch",
          "CronJob", "batch",
          "ReplicationController", "");

  private Controllers() {}

  /** The owner that controls an object. */
  static Optional<OwnerReference> of(HasMetadata object) {
    return object.getMetadata().getOwnerReferences().stream()
        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
        .findFirst();
  }

  /**
   * The kind of an owner. One that has the name of a kind of Kubernetes and another API group, such
   * as a StatefulSet of OpenKruise, is another kind, and is called as kubectl calls it: {@code
   * StatefulSet.apps.kruise.io}.
   */
  static String kind(OwnerReference reference) {
    String kind = reference.getKind();
    String version = reference.getApiVersion();
    String group = version.contains("/") ? version.substring(0, version.indexOf('/')) : "";
    return GROUPS.getOrDefault(kind, group).equals(group) ? kind : kind + "." + group;
  }

  /** Whether a controller is a ReplicaSet, whose owner is the top. */
  static boolean isReplicaSet(OwnerReference reference) {
    return kind(reference).equals("ReplicaSet");
  }
}
