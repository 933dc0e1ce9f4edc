package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.EventPattern;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.edge.PolicyNode;
import io.cattleguard.events.AlertFields;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The playbooks of a policy, by file name. */
public final class Playbooks {
  /** The folder of the policy directory that holds them. */
  public static final String FOLDER = "playbooks";

  private static final Duration DEFAULT_FRESHNESS = Duration.ofMinutes(10);
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);
  private static final List<String> STEPS =
      List.of("isolate-pod", "delete-pod", "quarantine-instance", "revoke-ingress");
  private static final int DEFAULT_INTERFACES = 10;
  private static final Set<String> NOT_YET =
      Set.of(
          "capture-evidence",
          "cordon-node",
          "pause-workload",
          "block-address",
          "revoke-role-sessions",
          "deactivate-access-key");

  private final List<Playbook> all;

  /** Over the given ones. */
  public Playbooks(List<Playbook> all) {
    this.all = List.copyOf(all);
  }

  /**
   * Reads {@code playbooks/*.yaml}, one playbook a file; a policy without the folder has none.
   *
   * @throws io.cattleguard.edge.PolicyException naming file and line of all that is wrong
   */
  public static Playbooks read(PolicyFiles policy) {
    Set<String> names = new HashSet<>();
    return new Playbooks(
        PolicyFiles.eachCollectingErrors(policy.folder(FOLDER), file -> playbook(file, names)));
  }

  private static Playbook playbook(PolicyNode file, Set<String> names) {
    PolicyNode.Mapping keys =
        file.mapping("name", "when", "mode", "freshness", "steps", "budget", "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("another playbook is named '" + name.text() + "' already");
    }
    List<PolicyNode> steps = keys.required("steps").items();
    if (steps.isEmpty()) {
      throw keys.required("steps").wrong("a playbook needs at least one step");
    }
    return new Playbook(
        name.text(),
        pattern(keys.required("when")),
        keys.optional("mode").map(mode -> mode.oneOf(Mode.class)).orElse(Mode.OBSERVE),
        keys.optional("freshness").map(PolicyNode::duration).orElse(DEFAULT_FRESHNESS),
        PolicyFiles.eachCollectingErrors(steps, Playbooks::step),
        keys.optional("budget").map(Playbooks::budget).orElse(Budget.DEFAULT));
  }

  /** An empty pattern matches everything; nobody means to act on everything. */
  private static EventPattern pattern(PolicyNode when) {
    if (when.anyMapping().keys().isEmpty()) {
      throw when.wrong("an empty pattern would match every alert; name at least one condition");
    }
    return when.pattern(AlertFields.SCORED);
  }

  private static Step step(PolicyNode node) {
    List<String> names = node.anyMapping().keys();
    if (names.size() != 1) {
      throw node.wrong("a step is one action with its settings, as in 'isolate-pod: {lease: 4h}'");
    }
    if (NOT_YET.contains(names.get(0))) {
      throw node.wrong(
          "'" + names.get(0) + "' is not available yet; use " + String.join(", ", STEPS));
    }
    PolicyNode.Mapping action = node.mapping(STEPS.toArray(new String[0]));
    PolicyNode settings = action.required(names.get(0));
    return switch (names.get(0)) {
      case "isolate-pod" -> new Step.IsolatePod(lease(settings.mapping("lease")));
      case "quarantine-instance" -> new Step.QuarantineInstance(lease(settings.mapping("lease")));
      case "revoke-ingress" -> {
        PolicyNode.Mapping keys = settings.mapping("lease", "interfaces");
        yield new Step.RevokeIngress(
            lease(keys),
            keys.optional("interfaces")
                .map(most -> most.wholeNumber(1, 1_000))
                .orElse(DEFAULT_INTERFACES));
      }
      default ->
          new Step.DeletePod(
              settings
                  .mapping("grace")
                  .optional("grace")
                  .map(PolicyNode::duration)
                  .orElse(Duration.ZERO));
    };
  }

  private static Duration lease(PolicyNode.Mapping settings) {
    return settings.optional("lease").map(PolicyNode::duration).orElse(DEFAULT_LEASE);
  }

  private static Budget budget(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("per", "max", "window");
    return new Budget(
        keys.required("per").oneOf(Budget.Per.class),
        keys.required("max").wholeNumber(1, 1_000),
        keys.required("window").duration());
  }

  /** The same, none of which does more than observe. */
  public Playbooks observing() {
    return new Playbooks(
        all.stream()
            .map(
                one ->
                    new Playbook(
                        one.name(),
                        one.when(),
                        Mode.OBSERVE,
                        one.freshness(),
                        one.steps(),
                        one.budget()))
            .toList());
  }

  /** Every one of them. */
  public List<Playbook> all() {
    return all;
  }

  /** Those that answer a scored alert. */
  public List<Playbook> answering(ScoredAlert scored) {
    if (all.isEmpty()) {
      return List.of();
    }
    JsonNode event = AlertJson.matchable(scored);
    List<Playbook> answering = new ArrayList<>();
    for (Playbook playbook : all) {
      if (playbook.when().matches(event)) {
        answering.add(playbook);
      }
    }
    return answering;
  }
}
