package io.cattleguard.app.check;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code check} finds in a policy that the functions accept.
 *
 * @param errors what can have no effect
 * @param warnings what probably has none, as far as a policy alone can tell
 */
record Findings(List<PolicyError> errors, List<PolicyError> warnings) {
  Findings() {
    this(new ArrayList<>(), new ArrayList<>());
  }

  void error(PolicyNode at, String message) {
    errors.add(at.error(message));
  }

  void warn(PolicyNode at, String message) {
    warnings.add(at.error(message));
  }
}
