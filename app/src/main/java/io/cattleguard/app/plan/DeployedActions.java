package io.cattleguard.app.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which actions a deployment lets its responder take in an account, as the function's environment
 * says. Its role has no permission for any other action.
 *
 * @param function the function's name
 * @param exists whether there is such a function
 * @param mode {@code response_mode}; empty if the function does not say it
 * @param actions {@code ec2_actions}; empty if the function does not say it
 */
record DeployedActions(
    String function, boolean exists, Optional<String> mode, Optional<Set<String>> actions) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String OBSERVE = "observe";

  /** Copies the actions. */
  DeployedActions {
    actions = actions.map(Set::copyOf);
  }

  /** Creates it for a deployment without such a function. */
  static DeployedActions none(String function) {
    return new DeployedActions(function, false, Optional.empty(), Optional.empty());
  }

  /** Creates it from the environment of the function. */
  static DeployedActions of(String function, Map<String, String> environment) {
    return new DeployedActions(
        function,
        true,
        Optional.ofNullable(environment.get("RESPONSE_MODE")),
        Optional.ofNullable(environment.get("EC2_ACTIONS")).flatMap(DeployedActions::names));
  }

  private static Optional<Set<String>> names(String json) {
    try {
      JsonNode list = JSON.readTree(json);
      if (!list.isArray()) {
        return Optional.empty();
      }
      Set<String> names = new TreeSet<>();
      list.forEach(one -> names.add(one.asText()));
      return Optional.of(names);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Why the deployment does not allow an action. */
  Optional<ClusterPlan.Objection> objection(String action) {
    if (mode.filter(OBSERVE::equals).isPresent()) {
      return Optional.of(
          new ClusterPlan.Objection(
              "response mode", "the deployment's response_mode is observe: it takes no action"));
    }
    return actions
        .filter(allowed -> !allowed.contains(action))
        .map(
            allowed ->
                new ClusterPlan.Objection(
                    "deployed actions",
                    "the deployment's ec2_actions does not have "
                        + action
                        + ", so its role may not take it"));
  }

  /** Where the settings come from. */
  String settings() {
    return exists
        ? "The settings are those of "
            + function
            + ", whose response mode is "
            + mode.orElse("unknown")
            + "."
        : "There is no function "
            + function
            + ", so the default settings were used: no quarantine group, no listed bucket, no"
            + " block list.";
  }

  /**
   * The settings that the function does not state, so that the plan may name an action that the
   * deployment refuses.
   */
  Optional<String> unknown() {
    return exists && actions.isEmpty()
        ? Optional.of(
            function
                + " does not say which actions its role may take (EC2_ACTIONS). An action that is"
                + " missing in ec2_actions of the deployment is shown as if it could be taken."
                + " Deploy the module again.")
        : Optional.empty();
  }
}
