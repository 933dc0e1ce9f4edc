package io.cattleguard.deduplicate.inhibition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.silence.Silences;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A rule of the policy: while an incident of a larger object lasts, people are not told of its
 * symptoms.
 *
 * @param when the alerts of the larger object
 * @param mutes its symptoms
 * @param same the fields of the target in which both are equal, such as {@code node}
 * @param window how long symptoms are muted after an alert of the larger object that people are
 *     told
 */
public record Inhibition(
    String name,
    String reason,
    EventPattern when,
    EventPattern mutes,
    List<String> same,
    Duration window) {
  /** People are told of a symptom with this score or more, because playbooks act on it. */
  public static final int GRAVE = 80;

  private static final Set<String> MACHINES = Set.of("node", "instance");

  /** Copies the list. */
  public Inhibition {
    same = List.copyOf(same);
  }

  /** The inhibitor that an alert is, if people are told of it. */
  Optional<Inhibitor> inhibitor(Alert alert, JsonNode event, Instant now) {
    return mayInhibit(alert) && isOfTheMachine(alert.target()) && when.matches(event)
        ? scope(event)
            .map(scope -> new Inhibitor(name, scope, Silences.severity(alert), window, now, now))
        : Optional.empty();
  }

  /**
   * Whether an alert may mute others. Only an alert that people see whatever its score does: one
   * about health, or an intrusion that its source calls critical.
   */
  static boolean mayInhibit(Alert alert) {
    return alert.isReal() && isSeen(alert);
  }

  /**
   * False if the shared object is a node or an instance and the alert is about a container on it. A
   * container whose pod is unknown would otherwise look like the machine itself.
   */
  private boolean isOfTheMachine(Target target) {
    return Collections.disjoint(same, MACHINES)
        || target.pod() != null
        || (target.podUid() == null
            && target.containerId() == null
            && target.containerName() == null);
  }

  private static boolean isSeen(Alert alert) {
    return switch (alert.alertClass()) {
      case HEALTH -> true;
      case RUNTIME, AUDIT -> Silences.severity(alert).compareTo(Severity.CRITICAL) >= 0;
      case CONFIGURATION, VULNERABILITY -> false;
    };
  }

  /** Whether an alert is a symptom that one of the inhibitors mutes. */
  boolean isMuted(
      Alert alert, Supplier<ObjectNode> event, List<Inhibitor> inhibitors, Instant now) {
    Severity severity = Silences.severity(alert);
    if (severity.compareTo(Severity.CRITICAL) >= 0) {
      return false;
    }
    List<Inhibitor> graver =
        inhibitors.stream()
            .filter(
                one ->
                    one.rule().equals(name)
                        && one.severity().compareTo(severity) > 0
                        && one.mutes(now)
                        && now.isBefore(one.at().plus(window)))
            .toList();
    if (graver.isEmpty()) {
      return false;
    }
    ObjectNode tree = event.get();
    Optional<String> scope = scope(tree);
    return scope.isPresent()
        && graver.stream().anyMatch(one -> one.scope().equals(scope.get()))
        && mutes.matches(tree)
        && !when.matches(tree);
  }

  /** The values of the shared fields; empty if one is absent. A recording has no cluster. */
  private Optional<String> scope(JsonNode event) {
    List<String> values = new ArrayList<>();
    for (String field : same) {
      JsonNode value = event.path("alert").path("target").path(field);
      if (!value.isTextual() && !field.equals("cluster")) {
        return Optional.empty();
      }
      values.add(value.asText());
    }
    return Optional.of(String.join("\n", values));
  }

  /** How alerts name it. */
  public static String named(String name) {
    return "inhibition " + name;
  }

  /** The mark on symptoms. */
  Silenced mark() {
    return new Silenced(named(name), reason, false, GRAVE);
  }
}
