package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.kubernetes.cluster.Pod;

/** Describes a pod that was not found. */
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
}
