package io.cattleguard.sources.falco;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of an event's top-level object, collected in one pass. */
final class FalcoTopLevel {
  private @Nullable JsonNode rule;
  private @Nullable JsonNode priority;
  private @Nullable JsonNode source;
  private @Nullable JsonNode hostname;
  private @Nullable JsonNode tags;
  private @Nullable JsonNode time;
  private @Nullable JsonNode outputFields;
  private boolean hasOutput;

  static FalcoTopLevel of(JsonNode event) {
    FalcoTopLevel top = new FalcoTopLevel();
    for (Map.Entry<String, JsonNode> field : event.properties()) {
      if (!top.take(field.getKey(), field.getValue())) {
        // Some writers capitalise the top-level keys.
        top.take(field.getKey().toLowerCase(Locale.ROOT), field.getValue());
      }
    }
    return top;
  }

  /** Takes a value if its key is one of Falco's; false otherwise. */
  boolean take(String key, JsonNode value) {
    switch (key) {
      case "rule" -> rule = value;
      case "priority" -> priority = value;
      case "source" -> source = value;
      case "hostname" -> hostname = value;
      case "tags" -> tags = value;
      case "time" -> time = value;
      case "output_fields" -> outputFields = value;
      // The output text repeats the fields.
      case "output" -> hasOutput = true;
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether it has {@code output_fields}, which only Falco uses, or a combination of keys. */
  boolean isFalco() {
    int seen = (rule == null ? 0 : 1) + (priority == null ? 0 : 1) + (hasOutput ? 1 : 0);
    return outputFields != null || seen >= 2 || (rule != null && time != null);
  }

  @Nullable JsonNode rule() {
    return rule;
  }

  @Nullable JsonNode priority() {
    return priority;
  }

  @Nullable JsonNode source() {
    return source;
  }

  @Nullable JsonNode hostname() {
    return hostname;
  }

  @Nullable JsonNode tags() {
    return tags;
  }

  @Nullable JsonNode time() {
    return time;
  }

  @Nullable JsonNode outputFields() {
    return outputFields;
  }
}
