package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.HostileText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one object of an event. A value of the wrong type is dropped with a note that names
 * the field's path, so it costs the field and never the alert.
 */
public final class Fields {
  private final JsonNode object;
  private final String path;
  private final List<String> notes;

  private Fields(JsonNode object, String path, List<String> notes) {
    this.object = object;
    this.path = path;
    this.notes = notes;
  }

  /** The fields of an event, whose notes are empty. */
  public static Fields of(JsonNode event) {
    return new Fields(event, "", new ArrayList<>(0));
  }

  /** The notes of this object and of all that were reached from it. */
  public List<String> notes() {
    return notes;
  }

  /** Adds a note about a field of this object. */
  public void note(String key, String problem) {
    notes.add(at(key) + ": " + problem);
  }

  /** Whether no field is known, because the object is missing or empty. */
  public boolean isEmpty() {
    return object.isEmpty();
  }

  /** The object, or a missing node. */
  public JsonNode node() {
    return object;
  }

  /** The fields of an object at any depth below this one. */
  public Fields with(JsonNode below) {
    return new Fields(below, path, notes);
  }

  /** The value, or a missing node. */
  public JsonNode value(String key) {
    return object.path(key);
  }

  /**
   * The value's text if it is a text, else an empty one; for values that decide and are not shown.
   */
  public String word(String key) {
    return object.path(key).asText("");
  }

  /** The text, or null. */
  public @Nullable String text(String key) {
    return FieldValue.text(object.get(key), at(key), notes);
  }

  /** The first of several texts. */
  public @Nullable String text(String key, String... others) {
    String found = text(key);
    for (String other : others) {
      found = found == null ? text(other) : found;
    }
    return found;
  }

  /** A text that some senders write as a whole number, such as an account or a user id. */
  public @Nullable String id(String key) {
    JsonNode value = value(key);
    return value.isIntegralNumber() ? HostileText.visible(value.asText()) : text(key);
  }

  /** The whole number, also if it is written as text, or null. */
  public @Nullable Long number(String key) {
    JsonNode value = value(key);
    if (value.isMissingNode() || FieldValue.isNothing(value)) {
      return null;
    }
    Long number = FieldValue.number(value);
    if (number == null) {
      note(key, "expected a whole number, found " + FieldValue.kind(value));
    }
    return number;
  }

  /** The port, also if it is written as text; null for none and for 0. */
  public @Nullable Integer port(String key) {
    JsonNode value = value(key);
    Integer port = value.isMissingNode() ? null : FieldValue.port(value, at(key), notes);
    return port == null || port == 0 ? null : port;
  }

  /** Whether the value is true, also if it is written as text. */
  public boolean isTrue(String key) {
    JsonNode value = value(key);
    return !value.isMissingNode() && FieldValue.isTrue(value, at(key), notes);
  }

  /** The fields of an object, or none. */
  public Fields object(String key) {
    JsonNode value = value(key);
    if (value.isObject()) {
      return new Fields(value, at(key), notes);
    }
    if (!value.isMissingNode() && !FieldValue.isNothing(value)) {
      note(key, "expected an object, found " + FieldValue.kind(value));
    }
    return new Fields(MissingNode.getInstance(), at(key), notes);
  }

  /** The fields of each object of a list. */
  public List<Fields> objects(String key) {
    JsonNode value = value(key);
    List<Fields> all = new ArrayList<>(value.size());
    if (value.isArray()) {
      for (JsonNode one : value) {
        if (one.isObject()) {
          all.add(new Fields(one, at(key), notes));
        } else if (!one.isNull()) {
          note(key, "expected objects, found " + FieldValue.kind(one));
        }
      }
    } else if (!value.isMissingNode() && !FieldValue.isNothing(value)) {
      note(key, "expected a list, found " + FieldValue.kind(value));
    }
    return all;
  }

  /** The texts of a list, or a single text in place of a list. */
  public List<String> texts(String key) {
    JsonNode value = value(key);
    List<String> all = new ArrayList<>(value.size());
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      String text = FieldValue.textIfText(one);
      if (text != null) {
        all.add(text);
      }
    }
    return all;
  }

  /** The fields that are texts or numbers, as texts. */
  public Map<String, String> strings() {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode value = field.getValue();
      if (value.isValueNode() && !FieldValue.isNothing(value)) {
        all.put(field.getKey(), HostileText.visible(value.asText()));
      }
    }
    return all;
  }

  /** The first RFC 3339 time among some fields; one that cannot be read is noted. */
  public @Nullable Instant time(String... keys) {
    for (String key : keys) {
      JsonNode value = value(key);
      if (value.isMissingNode() || FieldValue.isNothing(value)) {
        continue;
      }
      Instant read = value.isTextual() ? EventTime.rfc3339(value.textValue()) : null;
      if (read != null) {
        return read;
      }
      note(key, FieldValue.shown(value) + " is not an RFC 3339 time");
    }
    return null;
  }

  /**
   * A time in units of which so many make a second, as a number or digits; null if it is not one.
   */
  public @Nullable Instant epoch(String key, long perSecond) {
    JsonNode value = value(key);
    if (value.isMissingNode() || FieldValue.isNothing(value)) {
      return null;
    }
    Instant read = EventTime.epoch(value, perSecond);
    if (read == null) {
      note(key, FieldValue.shown(value) + " is not a time");
    }
    return read;
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
