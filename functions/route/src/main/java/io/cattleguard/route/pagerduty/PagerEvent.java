package io.cattleguard.route.pagerduty;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.route.IncidentUrl;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import io.cattleguard.route.brief.Brief;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event of PagerDuty's Events API v2, without the integration key.
 *
 * @see <a href="https://developer.pagerduty.com/docs/send-alert-event">Send an alert event</a>
 */
final class PagerEvent {
  /** PagerDuty's limit of a summary is 1,024 characters. */
  static final int SUMMARY = 1_000;

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** The action of an event on PagerDuty's incident. */
  enum Action {
    TRIGGER,
    ACKNOWLEDGE,
    RESOLVE;

    private String jsonName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private PagerEvent() {}

  /** The key of the incident: its id, or the id's hash if PagerDuty might reject the id. */
  static String key(Notice.About notice) {
    String id = notice.scored().incidentId();
    return KEY.matcher(id).matches() ? id : Fingerprint.hash(id);
  }

  /** The event about an incident with that state. */
  static ObjectNode of(
      Action action, String key, Notice.About notice, Told told, Optional<String> incidentUrl) {
    ObjectNode event = JSON.objectNode();
    event.put("event_action", action.jsonName());
    event.put("dedup_key", key);
    if (action != Action.TRIGGER) {
      return event;
    }
    Brief brief = Brief.of(notice);
    event.put("client", "Cattleguard");
    ObjectNode payload = event.putObject("payload");
    payload.put("summary", HostileText.visible(brief.line(), SUMMARY));
    payload.put("source", brief.place().isEmpty() ? "cattleguard" : brief.place());
    payload.put("severity", severity(told));
    payload.put("timestamp", brief.at().toString());
    payload.put("class", notice.scored().alert().alertClass().jsonName());
    put(payload, "component", notice.scored().alert().target().workload());
    put(payload, "group", notice.scored().alert().target().cluster());
    ObjectNode details = payload.putObject("custom_details");
    brief.facts().forEach(fact -> details.put(fact.label(), fact.value()));
    details.put("State", told.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    ArrayNode sentences = details.putArray("Why");
    brief.sentences().forEach(sentences::add);
    incidentUrl
        .flatMap(template -> IncidentUrl.of(template, notice.scored().incidentId()))
        .ifPresent(
            url -> {
              event.put("client_url", url);
              event.putArray("links").addObject().put("href", url).put("text", "Incident");
            });
    return event;
  }

  private static void put(ObjectNode payload, String key, @Nullable String value) {
    if (value != null) {
      payload.put(key, HostileText.visible(value, 200));
    }
  }

  /** Orders the severities that PagerDuty knows. */
  static int rank(Told told) {
    return List.of("info", "warning", "error", "critical").indexOf(severity(told));
  }

  /**
   * PagerDuty's word for the severity of the incident, from its source or its score, whichever is
   * higher.
   */
  static String severity(Told told) {
    Severity gravity = Brief.gravity(told.severity(), told.score());
    return switch (gravity) {
      case FATAL, CRITICAL -> "critical";
      case HIGH -> "error";
      case MEDIUM -> "warning";
      case LOW, INFORMATIONAL -> "info";
    };
  }
}
