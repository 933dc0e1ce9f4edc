package io.cattleguard.operate;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ContractViolation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The fields of a form, as Slack sends its payloads. */
final class Form {
  private static final int MOST_FIELDS = 64;

  private final Map<String, String> fields;

  private Form(Map<String, String> fields) {
    this.fields = fields;
  }

  /**
   * Reads a body of type {@code application/x-www-form-urlencoded}.
   *
   * @throws ContractViolation if it is none, or a field is there twice
   */
  static Form read(String body) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String pair : body.split("&", MOST_FIELDS + 1)) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new ContractViolation("body: not a form");
      }
      if (fields.size() == MOST_FIELDS) {
        throw new ContractViolation("body: more than " + MOST_FIELDS + " fields");
      }
      if (fields.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)))
          != null) {
        throw new ContractViolation("body: a field is there twice");
      }
    }
    return new Form(fields);
  }

  /**
   * The fields of a slash command that came as JSON.
   *
   * @throws ContractViolation if it is no object, or has too many fields
   */
  static Form of(JsonNode payload) {
    if (!payload.isObject() || payload.size() > MOST_FIELDS) {
      throw new ContractViolation("payload: not an object of at most " + MOST_FIELDS + " fields");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    payload
        .properties()
        .forEach(
            field -> {
              if (field.getValue().isTextual()) {
                fields.put(field.getKey(), field.getValue().textValue());
              }
            });
    return new Form(fields);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ContractViolation("body: not URL-encoded", e);
    }
  }

  /** A field that is not empty. */
  Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name)).filter(value -> !value.isBlank());
  }

  /** A field, or an empty text. */
  String text(String name) {
    return field(name).orElse("");
  }
}
