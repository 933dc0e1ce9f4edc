package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;

/** Describes a pod that was not found, and tells whether one is gone. */
final class PodWords {
  private PodWords() {}

  /** The pod that the alert names. */
  static String named(Target target) {
    return target.pod() == null ? "no pod" : "pod " + target.namespace() + "/" + target.pod();
  }

  /** An exact pod, which may no longer exist. */
  static String inWords(Target target, String uid) {
    return Pod.inWords(String.valueOf(target.namespace()), String.valueOf(target.pod()), uid);
  }

  /** Whether there is no pod with that UID any more. */
  static boolean isGone(Cluster cluster, Pod pod) {
    return cluster
        .pod(pod.namespace(), pod.name())
        .filter(now -> now.uid().equals(pod.uid()))
        .isEmpty();
  }
}
