package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.record.ActionRecord;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a person can do about an incident now, as commands to paste. */
final class NextSteps {
  /** Ids of other shapes come from an event's text, and a person would paste them into a shell. */
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");

  private NextSteps() {}

  /** A purpose and a command. */
  record Step(String purpose, String command) {}

  /**
   * The next steps.
   *
   * @param containments what is contained now, as {@code containments --json} prints it
   * @param options of the deployment, for the end of each command
   */
  static List<Step> of(IncidentRecord record, List<ObjectNode> containments, String options) {
    List<Step> steps = new ArrayList<>();
    steps.add(
        new Step(
            "open it on the board",
            "board --incident " + DeploymentChoice.quoted(record.id()) + options));
    for (ActionRecord action : record.actions().values()) {
      if (action.now().outcome() == ResponseOutcome.AWAITING_APPROVAL
          && !action.now().approval().isEmpty()) {
        String id = DeploymentChoice.quoted(action.now().approval());
        steps.add(new Step("approve it", "approve " + id + " --reason TEXT" + options));
        steps.add(new Step("reject it", "reject " + id + " --reason TEXT" + options));
      }
      if (action.leaseUntil().isPresent()) {
        Optional<String> id = id(action, containments);
        if (id.isPresent()) {
          String quoted = DeploymentChoice.quoted(id.get());
          steps.add(new Step("put it back", "undo " + quoted + " --reason TEXT" + options));
          steps.add(new Step("keep it longer", "extend " + quoted + " --for 4h" + options));
        } else {
          steps.add(new Step("find its id", "containments" + options));
        }
      }
    }
    List<String> problems =
        record.problems().values().stream()
            .map(Problem::fingerprint)
            .filter(one -> FINGERPRINT.matcher(one).matches())
            .toList();
    if (!problems.isEmpty()) {
      String which =
          problems.size() == 1
              ? "--fingerprint " + problems.getFirst()
              : "--incident " + DeploymentChoice.quoted(record.id());
      steps.add(
          new Step("make it quiet", "silence " + which + " --for 2w --reason TEXT" + options));
    }
    steps.add(new Step("stop everything", "stop --reason TEXT" + options));
    return steps.stream().distinct().toList();
  }

  /** The id of the containment of the same action on the same object. */
  private static Optional<String> id(ActionRecord action, List<ObjectNode> containments) {
    return containments.stream()
        .filter(one -> one.path("action").asText().equals(action.action()))
        .filter(one -> !one.path("uid").asText().isEmpty())
        .filter(one -> action.target().contains(one.path("uid").asText()))
        .map(one -> one.path("id").asText())
        .findFirst();
  }
}
