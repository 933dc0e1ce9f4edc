package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An event of an AWS bus whose detail has a list of findings. */
public final class EventParts {
  private static final String DETAIL = "detail";
  private static final String FINDINGS = "findings";

  private EventParts() {}

  /** A copy of the event for each of several findings; empty if it has one or none. */
  public static List<JsonNode> ofFindings(JsonNode event) {
    return of(event, DETAIL, FINDINGS);
  }

  /** A copy of an event for each of several elements of a list in one of its objects. */
  public static List<JsonNode> of(JsonNode event, String object, String list) {
    JsonNode elements = event.path(object).path(list);
    if (!elements.isArray() || elements.size() < 2) {
      return List.of();
    }
    List<JsonNode> parts = new ArrayList<>(elements.size());
    for (JsonNode element : elements) {
      ObjectNode part = copy(event);
      ObjectNode inner = copy(event.path(object));
      inner.putArray(list).add(element);
      part.set(object, inner);
      parts.add(part);
    }
    return parts;
  }

  private static ObjectNode copy(JsonNode object) {
    ObjectNode copy = ((ObjectNode) object).objectNode();
    object.properties().forEach(field -> copy.set(field.getKey(), field.getValue()));
    return copy;
  }

  /** The reading of an event that does not have exactly one finding; empty if it has one. */
  public static Optional<Reading> oneFinding(JsonNode event, String name) {
    JsonNode findings = event.path(DETAIL).path(FINDINGS);
    if (findings.isArray() && findings.isEmpty()) {
      return Optional.of(new Reading.Ignored(name + " without a finding"));
    }
    if (findings.size() > 1) {
      return Optional.of(
          new Reading.Unreadable(name + " with " + findings.size() + " findings, read as one"));
    }
    return findings.path(0).isObject()
        ? Optional.empty()
        : Optional.of(new Reading.Unreadable(name + " whose finding is not an object"));
  }
}
