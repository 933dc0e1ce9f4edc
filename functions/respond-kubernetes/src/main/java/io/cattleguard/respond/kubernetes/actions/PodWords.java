package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.kubernetes.cluster.Pod;

/** A pod that was not found, in words. */
final class PodWords {
  private PodWords() {}

  /** What the alert names. */
  static String named(Target target) {
    return target.pod() == null ? "no pod" : "pod " + target.namespace() + "/" + target.pod();
  }

  /** One exact pod, which may be gone. */
  static String inWords(Target target, String uid) {
    return Pod.inWords(String.valueOf(target.namespace()), String.valueOf(target.pod()), uid);
  }
}
