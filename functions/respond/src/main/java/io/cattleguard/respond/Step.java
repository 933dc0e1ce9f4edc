package io.cattleguard.respond;

import java.time.Duration;

/** One action of a playbook. */
public sealed interface Step {
  /** Its name in policy files and events. */
  String action();

  /**
   * Cuts the pod off the network and leaves it running.
   *
   * @param lease after which it is put back
   */
  record IsolatePod(Duration lease) implements Step {
    @Override
    public String action() {
      return "isolate-pod";
    }
  }

  /**
   * Deletes the pod, whose controller replaces it.
   *
   * @param grace for it to end by itself, whole seconds
   */
  record DeletePod(Duration grace) implements Step {
    @Override
    public String action() {
      return "delete-pod";
    }
  }
}
