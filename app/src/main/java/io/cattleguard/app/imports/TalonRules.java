package io.cattleguard.app.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the rules of Falco Talon: a list of rules, and of actions that rules refer to by name.
 *
 * @see <a href="https://docs.falco-talon.org/docs/rules/">Talon's rules</a>
 */
final class TalonRules {
  private static final int NAME = 50;
  private static final int COMMENT = 300;

  private final Map<String, Map<String, PolicyNode>> templates = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  private TalonRules() {}

  /**
   * Makes a playbook of each rule.
   *
   * @throws io.cattleguard.edge.policy.PolicyException if it is no list of rules
   */
  static List<Imported> read(String file, String yaml) {
    Optional<PolicyNode> root = PolicyNode.read(file, yaml);
    TalonRules rules = new TalonRules();
    List<PolicyNode> items = root.map(PolicyNode::items).orElse(List.of());
    for (PolicyNode item : items) {
      Map<String, PolicyNode> keys = keys(item);
      if (!keys.containsKey("rule") && keys.containsKey("action")) {
        rules.templates.put(keys.get("action").text(), keys);
      }
    }
    List<Imported> imported = new ArrayList<>();
    for (PolicyNode item : items) {
      Map<String, PolicyNode> keys = keys(item);
      PolicyNode rule = keys.get("rule");
      if (rule != null) {
        imported.add(rules.playbook(rule.text(), keys));
      } else if (!keys.containsKey("action")) {
        throw item.wrong("expected a rule or an action of Falco Talon");
      }
    }
    return imported;
  }

  /** The keys of a mapping with their values, in the order of the file. */
  static Map<String, PolicyNode> keys(PolicyNode node) {
    Map<String, PolicyNode> keys = new LinkedHashMap<>();
    PolicyNode.Mapping mapping = node.anyMapping();
    mapping.keys().forEach(key -> keys.put(key, mapping.required(key)));
    return keys;
  }

  private Imported playbook(String rule, Map<String, PolicyNode> keys) {
    List<String> missing = new ArrayList<>();
    TalonMatch match = new TalonMatch(missing);
    ObjectNode when = match.pattern(Optional.ofNullable(keys.get("match")));
    Collection<String> steps =
        new TalonSteps(templates, missing).of(Optional.ofNullable(keys.get("actions")));
    for (String key : keys.keySet()) {
      switch (key) {
        case "rule", "description", "match", "actions", "dry_run" -> {}
        case "notifiers" ->
            missing.add("notifiers: routes.yaml says who is notified of an outcome");
        case "continue" -> missing.add("continue: every playbook that matches acts");
        default -> missing.add(key + " has no equivalent");
      }
    }
    String name = name(rule);
    String why = why(keys, steps, match.impossible());
    return new Imported(
        rule,
        name,
        why.isEmpty() ? Optional.of(yaml(rule, name, when, steps, missing)) : Optional.empty(),
        why,
        missing);
  }

  /** Why a rule does not become a playbook; empty if it does. */
  private static String why(
      Map<String, PolicyNode> keys, Collection<String> steps, List<String> impossible) {
    if (!keys.containsKey("actions") || keys.get("actions").items().isEmpty()) {
      return "it has no actions";
    }
    if (steps.isEmpty()) {
      return "none of its actions has an equivalent";
    }
    return impossible.isEmpty()
        ? ""
        : "no alternative of " + String.join(" and of ", impossible) + " has an equivalent";
  }

  private static String yaml(
      String rule, String name, ObjectNode when, Collection<String> steps, List<String> missing) {
    StringBuilder out = new StringBuilder();
    out.append("# From the rule of Falco Talon: ").append(comment(rule)).append('\n');
    out.append(
        "# It is in observe mode. Before you set it to enforce, add a score, such as score: [{"
            + " numeric: [\">=\", 80] }], and tests.\n");
    for (String one : missing) {
      out.append("# Not imported: ").append(comment(one)).append('\n');
    }
    out.append("name: ").append(name).append('\n');
    out.append("when: ").append(when).append('\n');
    out.append("mode: observe # observe | approve | enforce\n");
    out.append("freshness: 10m\n");
    out.append("steps:\n");
    steps.forEach(step -> out.append("  - ").append(step).append('\n'));
    boolean ofNodes = steps.stream().anyMatch(step -> step.startsWith("cordon-node"));
    out.append("budget: { per: ")
        .append(ofNodes ? "cluster" : "workload")
        .append(", max: 3, window: ")
        .append(ofNodes ? "1h" : "10m")
        .append(" }\n");
    return out.toString();
  }

  /** One line, whatever the text. */
  private static String comment(String text) {
    return HostileText.visible(text, COMMENT);
  }

  private String name(String rule) {
    String slug =
        rule.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    String base = "talon-" + slug.substring(0, Math.min(NAME, slug.length())).replaceAll("-+$", "");
    String name = base.equals("talon-") ? "talon-rule" : base;
    String free = name;
    for (int i = 2; !names.add(free); i++) {
      free = name + "-" + i;
    }
    return free;
  }
}
