package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.util.List;
import java.util.stream.Collectors;

/** Describes a pod that was not found, and tells whether one is gone. */
final class PodWords {
  /** How many pods a message names. */
  private static final int NAMED = 5;

  private PodWords() {}

  /** The pod that the alert names. */
  static String named(Target target) {
    return target.pod() == null ? "no pod" : "pod " + target.namespace() + "/" + target.pod();
  }

  /** An exact pod, which may no longer exist. */
  static String inWords(Target target, String uid) {
    return Pod.inWords(String.valueOf(target.namespace()), String.valueOf(target.pod()), uid);
  }

  /** The first names, and how many more there are. */
  static String some(List<String> names) {
    return names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }

  /** Whether there is no pod with that UID any more. */
  static boolean isGone(Cluster cluster, Pod pod) {
    return cluster
        .pod(pod.namespace(), pod.name())
        .filter(now -> now.uid().equals(pod.uid()))
        .isEmpty();
  }
}
