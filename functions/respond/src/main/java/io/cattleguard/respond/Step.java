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

  /** An action in a cloud account; each can be undone. */
  sealed interface OnNetwork extends Step {
    /** After which it is undone. */
    Duration lease();
  }

  /** Gives every interface of the instance a group without rules, and leaves it running. */
  record QuarantineInstance(Duration lease) implements OnNetwork {
    @Override
    public String action() {
      return "quarantine-instance";
    }
  }

  /**
   * Closes the one rule of a security group that let the alert's connection in.
   *
   * @param interfaces how many network interfaces may have that group, at most
   */
  record RevokeIngress(Duration lease, int interfaces) implements OnNetwork {
    @Override
    public String action() {
      return "revoke-ingress";
    }
  }
}
