package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the fields of the contract's records. An absent field is omitted; one of a wrong
 * type is a {@link ContractViolation}.
 */
final class JsonFields {
  private JsonFields() {}

  static void put(ObjectNode out, String key, @Nullable String value) {
    if (value != null) {
      out.put(key, value);
    }
  }

  static void putTexts(ObjectNode out, String key, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode array = out.putArray(key);
      values.forEach(array::add);
    }
  }

  static void putUnlessEmpty(ObjectNode out, String key, ObjectNode value) {
    if (!value.isEmpty()) {
      out.set(key, value);
    }
  }

  static @Nullable String text(JsonNode in, String key) {
    JsonNode value = in.path(key);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new ContractViolation(key + ": not a string");
    }
    return value.textValue();
  }

  static String required(JsonNode in, String key) {
    String value = text(in, key);
    if (value == null) {
      throw new ContractViolation(key + ": missing");
    }
    return value;
  }

  static long number(JsonNode in, String key) {
    JsonNode value = in.path(key);
    if (!value.canConvertToLong() || !value.isIntegralNumber()) {
      throw new ContractViolation(key + ": missing, or not a 64-bit integer");
    }
    return value.longValue();
  }

  static Instant instant(JsonNode in, String key) {
    try {
      return Instant.parse(required(in, key));
    } catch (DateTimeParseException e) {
      throw new ContractViolation(key + ": not an RFC 3339 time in UTC", e);
    }
  }

  static List<String> texts(JsonNode in, String key) {
    List<String> values = new ArrayList<>();
    for (JsonNode value : in.path(key)) {
      if (!value.isTextual()) {
        throw new ContractViolation(key + ": contains an element that is not a string");
      }
      values.add(value.textValue());
    }
    return values;
  }

  static <T> T named(JsonNode in, String key, Optional<T> value) {
    return value.orElseThrow(
        () -> new ContractViolation(key + ": '" + in.path(key).asText() + "' is unknown"));
  }

  static @Nullable Severity severity(JsonNode in) {
    return in.has("severity")
        ? named(in, "severity", Severity.named(required(in, "severity")))
        : null;
  }
}
