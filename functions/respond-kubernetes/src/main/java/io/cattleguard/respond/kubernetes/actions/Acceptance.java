package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyNode;
import java.util.List;

/** A setting with which a playbook accepts an action's effects beyond the alert's pod. */
final class Acceptance {
  private static final String ACCEPTED = "accepted";

  private Acceptance() {}

  /**
   * Whether the playbook accepts it.
   *
   * @param key of the setting, whose only value is {@code accepted}
   * @param otherwise what to say where the setting is missing
   * @throws PolicyException if the setting is missing or says something else
   */
  static boolean read(PolicyNode settings, PolicyNode.Mapping in, String key, String otherwise) {
    return in.optional(key)
        .orElseThrow(() -> settings.wrong(otherwise))
        .oneOf(List.of(ACCEPTED))
        .equals(ACCEPTED);
  }
}
