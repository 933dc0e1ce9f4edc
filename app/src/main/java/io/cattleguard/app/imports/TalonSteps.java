package io.cattleguard.app.imports;

import io.cattleguard.edge.policy.PolicyNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The actions of a rule of Falco Talon as steps of a playbook. */
final class TalonSteps {
  private static final int LONGEST_GRACE = 300;

  private final Map<String, Map<String, PolicyNode>> templates;
  private final List<String> missing;

  /**
   * Uses the file's actions by name, to which a rule may refer. Adds to {@code missing} what has no
   * equivalent.
   */
  TalonSteps(Map<String, Map<String, PolicyNode>> templates, List<String> missing) {
    this.templates = templates;
    this.missing = missing;
  }

  /** The steps, in the order in which a playbook takes them: evidence first. */
  Collection<String> of(Optional<PolicyNode> actions) {
    Map<Integer, String> steps = new TreeMap<>();
    for (PolicyNode one : actions.map(PolicyNode::items).orElse(List.of())) {
      step(one, steps);
    }
    return steps.values();
  }

  private void step(PolicyNode action, Map<Integer, String> steps) {
    Map<String, PolicyNode> own = TalonRules.keys(action);
    String name = text(own, "action").orElse("");
    Map<String, PolicyNode> keys = new LinkedHashMap<>(templates.getOrDefault(name, Map.of()));
    keys.putAll(own);
    String kind = text(keys, "actionner").orElse("");
    Map<String, PolicyNode> parameters = new LinkedHashMap<>();
    for (Map<String, PolicyNode> from : List.of(templates.getOrDefault(name, Map.of()), own)) {
      Optional.ofNullable(from.get("parameters"))
          .ifPresent(node -> parameters.putAll(TalonRules.keys(node)));
    }
    List<String> unused = new ArrayList<>(parameters.keySet());
    switch (kind) {
      case "kubernetes:terminate" -> {
        unused.remove("grace_period_seconds");
        steps.put(4, "delete-pod: " + grace(parameters));
        for (String guarded :
            List.of(
                "ignore_daemonsets",
                "ignore_statefulsets",
                "ignore_standalone_pods",
                "min_healthy_replicas")) {
          if (unused.remove(guarded)) {
            missing.add(
                kind
                    + " "
                    + guarded
                    + ": guards decide instead: they protect pods without a controller, the last"
                    + " ready replica and pods of a PodDisruptionBudget");
          }
        }
      }
      case "kubernetes:networkpolicy" -> steps.put(3, "isolate-pod: { lease: 4h }");
      // These deny the pods of the workload the one address of the event, as Talon does.
      case "calico:networkpolicy", "cilium:networkpolicy" ->
          steps.put(2, "block-egress: { lease: 4h, workload-wide: accepted }");
      case "kubernetes:cordon" -> steps.put(1, "cordon-node: { lease: 4h }");
      case "kubernetes:drain" -> {
        steps.put(1, "cordon-node: { lease: 4h }");
        missing.add(kind + ": the node is cordoned, not drained; its pods go on");
      }
      case "kubernetes:log" -> steps.put(0, "capture-evidence: {}");
      case "kubernetes:tcpdump",
          "kubernetes:sysdig",
          "kubernetes:download",
          "kubernetes:exec",
          "kubernetes:script" ->
          missing.add(
              kind
                  + ": nothing is run in a compromised pod; capture-evidence keeps its manifest,"
                  + " logs and events, and Falco itself can record system calls");
      case "kubernetes:label", "kubernetes:labelize", "kubernetes:annotation" ->
          missing.add(
              kind + ": no action only labels a pod; isolate-pod labels the pod that it isolates");
      case "aws:lambda", "gcp:function" ->
          missing.add(kind + ": use a destination of type webhook or sns in routes.yaml");
      case "" -> missing.add("action " + name + ": no actionner, and no action of that name");
      default -> missing.add(kind + " has no equivalent");
    }
    if (kind.endsWith(":networkpolicy") && !unused.isEmpty()) {
      missing.add(
          kind
              + " "
              + String.join(", ", unused)
              + (kind.startsWith("kubernetes:")
                  ? ": an isolated pod has no exceptions"
                  : ": settings.yaml lists under never-deny what is never denied"));
    } else if (List.of("kubernetes:terminate", "kubernetes:log").contains(kind)) {
      unused.forEach(one -> missing.add(kind + " " + one + " has no equivalent"));
    }
    for (String key : own.keySet()) {
      switch (key) {
        case "action", "actionner", "parameters", "description" -> {}
        case "output" ->
            missing.add("output of " + kind + ": up keeps evidence in --data, AWS in the bucket");
        default -> missing.add(key + " of " + kind + " has no equivalent");
      }
    }
  }

  private String grace(Map<String, PolicyNode> parameters) {
    Optional<String> seconds = text(parameters, "grace_period_seconds");
    if (seconds.isEmpty()) {
      return "{}";
    }
    if (seconds.get().matches("[1-9][0-9]{0,2}")
        && Integer.parseInt(seconds.get()) <= LONGEST_GRACE) {
      return "{ grace: " + seconds.get() + "s }";
    }
    missing.add(
        "kubernetes:terminate grace_period_seconds "
            + seconds.get()
            + ": the default is used, because a pod that ends at once cannot finish its requests");
    return "{}";
  }

  private static Optional<String> text(Map<String, PolicyNode> in, String key) {
    return Optional.ofNullable(in.get(key)).filter(PolicyNode::isText).map(PolicyNode::text);
  }
}
