package io.cattleguard.operate;

import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.OperatorCommand;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The Slack user who gives a command, as named in Slack's signed request.
 *
 * @param userId Slack's id, {@code U0EXAMPLE}
 * @param name the user name, which users choose themselves
 * @param teams the workspaces of the user and of the place; the organisation if there are none
 */
record Person(String userId, Optional<String> name, Set<String> teams) {
  private static final int NAME = 80;
  private static final Pattern USER_ID = Pattern.compile("[A-Z0-9]{2,32}");

  /**
   * Copies the set.
   *
   * @throws ContractViolation if the id is none
   */
  Person {
    if (!USER_ID.matcher(userId).matches()) {
      throw new ContractViolation("user: missing, or not Slack's id of a user");
    }
    teams = Set.copyOf(teams);
  }

  /** The identity of that user in policies and events. */
  String identity() {
    return "slack:" + userId;
  }

  OperatorCommand.Who who() {
    return new OperatorCommand.Who(
        identity(), name.map(one -> HostileText.visible(one, NAME)).filter(one -> !one.isBlank()));
  }
}
