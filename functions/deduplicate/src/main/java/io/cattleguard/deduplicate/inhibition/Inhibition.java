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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A rule of the policy: while an incident of a larger object lasts, people are not notified of its
 * symptoms.
 *
 * @param when the alerts of the larger object
 * @param mutes its symptoms
 * @param same the fields of the target in which both are equal, such as {@code node}
 * @param window how long symptoms are muted after an alert of the larger object of which people are
 *     notified
 */
public record Inhibition(
    String name,
    String reason,
    EventPattern when,
    EventPattern mutes,
    List<String> same,
    Duration window) {
  /** People are notified of a symptom with this score or more, because playbooks act on it. */
  public static final int GRAVE = 80;

  private static final Set<String> MACHINES = Set.of("node", "instance");

  /** Copies the list. */
  public Inhibition {
    same = List.copyOf(same);
  }

  /** The inhibitor that an alert is, if people are notified of it. */
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

  /**
   * Until when an alert is muted, as a symptom of one of the inhibitors; empty if it is none. A
   * further notification of an inhibitor extends the muting, but a symptom that came once is not
   * hidden longer.
   */
  Optional<Instant> mutedUntil(
      Alert alert, Supplier<ObjectNode> event, List<Inhibitor> inhibitors, Instant now) {
    Severity severity = Silences.severity(alert);
    if (severity.compareTo(Severity.CRITICAL) >= 0) {
      return Optional.empty();
    }
    List<Inhibitor> graver =
        inhibitors.stream()
            .filter(
                one ->
                    one.rule().equals(name)
                        && one.severity().compareTo(severity) > 0
                        && now.isBefore(one.mutesUntil(window)))
            .toList();
    if (graver.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode tree = event.get();
    Optional<String> scope = scope(tree);
    Optional<Instant> until =
        graver.stream()
            .filter(one -> scope.isPresent() && one.scope().equals(scope.get()))
            .map(one -> one.mutesUntil(window))
            .max(Comparator.naturalOrder());
    return until.filter(any -> mutes.matches(tree) && !when.matches(tree));
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
  Silenced mark(Instant until) {
    return new Silenced(named(name), reason, false, GRAVE, until);
  }
}
