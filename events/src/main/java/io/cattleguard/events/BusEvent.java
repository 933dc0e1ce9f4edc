package io.cattleguard.events;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * An event of the bus: EventBridge's envelope around a detail.
 *
 * @param source the writer, {@code cattleguard.score} or a {@link SensorSource}
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html">EventBridge
 *     event structure</a>
 */
public record BusEvent(String source, DetailType type, Instant time, ObjectNode detail) {

  /** The envelope as JSON, with the detail's id as the event's id. */
  public ObjectNode toJson() {
    ObjectNode envelope = JsonNodeFactory.instance.objectNode();
    envelope.put("version", "0");
    envelope.put("id", detail.path("id").asText(""));
    envelope.put("detail-type", type.wireName());
    envelope.put("source", source);
    envelope.put("account", "");
    envelope.put("time", time.toString());
    envelope.put("region", "");
    envelope.putArray("resources");
    envelope.set("detail", detail);
    return envelope;
  }
}
