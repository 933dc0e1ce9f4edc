package io.cattleguard.deduplicate.inhibition;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.deduplicate.silence.Silences;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A rule of the policy: while an incident of a larger object lasts, people are not told of its
 * symptoms.
 *
 * @param when the alerts of the larger object
 * @param mutes its symptoms
 * @param same the fields of the target in which both are equal, such as {@code node}
 * @param window how long symptoms are muted after the latest alert of the larger object
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

  /** Copies the list. */
  public Inhibition {
    same = List.copyOf(same);
  }

  /**
   * The inhibitor that an alert is. Only an alert that people see whatever its score mutes others:
   * one about health, or an intrusion that its source calls critical.
   */
  Optional<Inhibitor> inhibitor(Alert alert, JsonNode event, Instant now) {
    return alert.isReal() && isSeen(alert) && when.matches(event)
        ? scope(event).map(scope -> new Inhibitor(name, scope, Silences.severity(alert), now))
        : Optional.empty();
  }

  private static boolean isSeen(Alert alert) {
    return switch (alert.alertClass()) {
      case HEALTH -> true;
      case RUNTIME, AUDIT -> Silences.severity(alert).compareTo(Severity.CRITICAL) >= 0;
      case CONFIGURATION, VULNERABILITY -> false;
    };
  }

  /** Whether an alert is a symptom that one of the inhibitors mutes. */
  boolean isMuted(Alert alert, JsonNode event, List<Inhibitor> inhibitors, Instant now) {
    Severity severity = Silences.severity(alert);
    if (severity.compareTo(Severity.CRITICAL) >= 0 || inhibitors.isEmpty()) {
      return false;
    }
    Optional<String> scope = scope(event);
    return scope.isPresent()
        && inhibitors.stream()
            .anyMatch(
                one ->
                    one.rule().equals(name)
                        && one.scope().equals(scope.get())
                        && one.severity().compareTo(severity) > 0
                        && now.isBefore(one.at().plus(window)))
        && mutes.matches(event)
        && !when.matches(event);
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
