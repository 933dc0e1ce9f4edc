package io.cattleguard.route.webhook;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Notice;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A notice as a CloudEvent in structured JSON. Its data is the event of the bus, whose schema is in
 * {@code events/schemas}.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md">CloudEvents
 *     1.0.2</a>
 */
final class CloudEvent {
  /** Intermediaries must forward events up to this size; larger ones go without the raw event. */
  static final int SIZE = 64 * 1024;

  private static final Pattern INCIDENT = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private CloudEvent() {}

  /** The id, which is the same for copies of a notice. */
  static String id(Notice notice) {
    return Fingerprint.hash(notice.id());
  }

  /** The event. */
  static ObjectNode of(Notice notice) {
    if (!(notice instanceof Notice.About about)) {
      throw new IllegalArgumentException("only what is about an alert is an event");
    }
    ScoredAlert scored = about.scored();
    Instant observedAt = scored.alert().observedAt();
    String incident = scored.incidentId();
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("specversion", "1.0");
    event.put("id", id(notice));
    event.put("source", source(scored));
    event.put(
        "subject", INCIDENT.matcher(incident).matches() ? incident : Fingerprint.hash(incident));
    event.put("datacontenttype", "application/json");
    event.put("isreal", scored.alert().isReal());
    ObjectNode data;
    switch (about) {
      case Notice.Scored one -> {
        event.put("type", "io.cattleguard.alert.scored.v1");
        event.put(
            "time", (observedAt == null ? scored.accepted().lastAt() : observedAt).toString());
        data = AlertJson.write(one.scored());
      }
      case Notice.Decided one -> {
        event.put("type", "io.cattleguard.response.decided.v1");
        event.put("time", one.decided().decidedAt().toString());
        data = one.decided().write();
      }
    }
    event.set("data", data);
    if (event.toString().getBytes(StandardCharsets.UTF_8).length > SIZE
        && data.get("alert") instanceof ObjectNode alert) {
      alert.put("raw", "");
    }
    return event;
  }

  /** A URI reference that names the cluster or the account. */
  private static String source(ScoredAlert scored) {
    Alert alert = scored.alert();
    String cluster = alert.target().cluster();
    String account = alert.target().account();
    if (cluster != null) {
      return "/cattleguard/clusters/" + encoded(cluster);
    }
    return account == null ? "/cattleguard" : "/cattleguard/accounts/" + encoded(account);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
