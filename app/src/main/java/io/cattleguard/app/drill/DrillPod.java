package io.cattleguard.app.drill;

import java.util.Optional;

/**
 * The pod of a step.
 *
 * @param uid absent of a pod that exists in injected events only
 * @param node absent if it is unknown
 */
record DrillPod(
    String namespace, String name, Optional<String> uid, Optional<String> node, String state) {
  /** The container is running or has run. */
  boolean hasStarted() {
    return state.equals("Running") || state.equals("Succeeded") || state.equals("Failed");
  }
}
