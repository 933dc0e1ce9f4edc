package io.cattleguard.events.notified;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * The detail of a {@link DetailType#PEOPLE_NOTIFIED} event: a destination that people read accepted
 * a message about an incident that notifies them, such as a new page. An update of a message that
 * is shown already notifies nobody and has no such event.
 *
 * @param id the same for the same message, also if it is published again
 * @param alertAt the time of the latest alert that the message is about
 * @param destination its name in {@code routes.yaml}
 * @param notifiedAt when the destination accepted the message
 */
public record PeopleNotified(
    String id, String incident, Instant alertAt, String destination, Instant notifiedAt, int hops) {
  private static final int LONGEST = 128;

  /**
   * A notification.
   *
   * @param delivery identifies the message among all messages
   */
  public static PeopleNotified of(
      String delivery, String incident, Instant alertAt, String destination, Instant notifiedAt) {
    return new PeopleNotified(
        Fingerprint.hash("notified\n" + delivery), incident, alertAt, destination, notifiedAt, 0);
  }

  /** Whether a detail is one of these. */
  public static boolean isIn(JsonNode detail) {
    return detail.has("notified");
  }

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id);
    out.put("observedAt", alertAt.toString());
    out.put("hops", hops);
    out.put("incident", incident);
    out.putObject("notified").put("destination", destination).put("at", notifiedAt.toString());
    return out;
  }

  /**
   * Reads what {@link #write} wrote, and adds a hop.
   *
   * @throws ContractViolation if a field is absent or wrong
   */
  public static PeopleNotified read(JsonNode detail) {
    if (!detail.path("hops").canConvertToInt()) {
      throw new ContractViolation("hops: missing, or not a number");
    }
    return new PeopleNotified(
        text(detail, "id"),
        text(detail, "incident"),
        time(detail, "observedAt"),
        text(detail.path("notified"), "destination"),
        time(detail.path("notified"), "at"),
        detail.path("hops").asInt() + 1);
  }

  private static Instant time(JsonNode in, String key) {
    try {
      return Instant.parse(text(in, key));
    } catch (DateTimeException e) {
      throw new ContractViolation(key + ": not an RFC 3339 time in UTC", e);
    }
  }

  private static String text(JsonNode in, String key) {
    String text = in.path(key).asText();
    if (!in.path(key).isTextual() || text.isBlank()) {
      throw new ContractViolation(key + ": missing, or not a string");
    }
    if (text.length() > LONGEST) {
      throw new ContractViolation(key + ": longer than " + LONGEST + " characters");
    }
    return text;
  }
}
