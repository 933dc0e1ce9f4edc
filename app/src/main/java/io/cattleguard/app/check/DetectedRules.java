package io.cattleguard.app.check;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds rules of audit events that no detection has. Only detections name the rules of these
 * sources, so a pattern on such a source knows them all.
 */
final class DetectedRules {
  private static final Set<String> DETECTED = Set.of("kubernetes-audit", "cloudtrail");

  private final List<String> detections;
  private final Findings found;

  DetectedRules(List<String> detections, Findings found) {
    this.detections = List.copyOf(detections);
    this.found = found;
  }

  void check(PolicyNode pattern) {
    Optional<PolicyNode.Mapping> alert =
        child(pattern, "alert").filter(PolicyNode::isMapping).map(PolicyNode::anyMapping);
    if (alert.flatMap(keys -> keys.optional("source")).filter(this::isDetected).isPresent()) {
      alert
          .flatMap(keys -> keys.optional("rule"))
          .filter(PolicyNode::isList)
          .ifPresent(rules -> rules.items().forEach(this::rule));
    }
  }

  private static Optional<PolicyNode> child(PolicyNode node, String key) {
    return node.isMapping() ? node.anyMapping().optional(key) : Optional.empty();
  }

  /** Whether all alerts come from detections. */
  private boolean isDetected(PolicyNode sources) {
    return sources.isList()
        && !sources.items().isEmpty()
        && sources.items().stream().allMatch(one -> one.isText() && DETECTED.contains(one.text()));
  }

  /** Several detections that name one event are joined by {@code +}. */
  private void rule(PolicyNode rule) {
    if (rule.isText()) {
      String unknown =
          List.of(rule.text().split("\\+", -1)).stream()
              .filter(one -> !detections.contains(one))
              .collect(Collectors.joining("+"));
      if (!unknown.isEmpty()) {
        found.error(
            rule,
            "no detection of this policy is named '"
                + HostileText.visible(unknown, 60)
                + "'"
                + ClosestWord.hint(unknown, detections)
                + " (detections/ has them)");
      }
    }
  }
}
