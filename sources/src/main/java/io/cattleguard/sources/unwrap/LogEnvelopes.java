package io.cattleguard.sources.unwrap;

import static io.cattleguard.sources.unwrap.Envelopes.isJson;
import static io.cattleguard.sources.unwrap.Envelopes.one;
import static io.cattleguard.sources.unwrap.Envelopes.textOrTree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.sources.unwrap.Envelope.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Opens the records of log shippers and log stores. */
final class LogEnvelopes {
  /** Keys that hold a line of a log in many formats; its value counts only if it is JSON. */
  private static final List<String> LINES = List.of("message", "MESSAGE", "msg", "line");

  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

  /** The types of a value that has no others in it. */
  private static final List<String> SCALARS =
      List.of("stringValue", "intValue", "boolValue", "doubleValue", "bytesValue");

  private LogEnvelopes() {}

  /**
   * A record of Fluent Bit, Fluentd, Container Insights, Docker, Filebeat, Vector, journald or
   * logcli.
   */
  static Optional<List<Part>> record(JsonNode event) {
    JsonNode parsed = event.path("log_processed");
    if (parsed.isObject()) {
      return one(new Part.Tree(parsed));
    }
    JsonNode log = event.path("log");
    if (log.isTextual() || (log.isObject() && event.has("kubernetes"))) {
      return textOrTree(log);
    }
    for (JsonNode original :
        List.of(event.path("event").path("original"), event.path("log").path("original"))) {
      if (original.isTextual() && isJson(original.textValue())) {
        return one(new Part.Text(original.textValue()));
      }
    }
    for (String key : LINES) {
      JsonNode line = event.path(key);
      if (line.isTextual() && isJson(line.textValue())) {
        return one(new Part.Text(line.textValue()));
      }
    }
    return Optional.empty();
  }

  /** A push to Loki, or its answer to a query: streams of pairs of time and line. */
  static Optional<List<Part>> loki(JsonNode event) {
    JsonNode streams =
        event.path("streams").isArray() ? event.path("streams") : event.path("data").path("result");
    if (!streams.path(0).path("values").isArray()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    for (JsonNode stream : streams) {
      for (JsonNode pair : stream.path("values")) {
        JsonNode line = pair.path(1);
        parts.add(line.isTextual() ? new Part.Text(line.textValue()) : new Part.Tree(pair));
      }
    }
    return Optional.of(parts);
  }

  static Optional<List<Part>> googleEntry(JsonNode event) {
    if (event.path("jsonPayload").isObject()) {
      return one(new Part.Tree(event.path("jsonPayload")));
    }
    JsonNode text = event.path("textPayload");
    return text.isTextual() ? one(new Part.Text(text.textValue())) : Optional.empty();
  }

  static Optional<List<Part>> openTelemetry(JsonNode event) {
    if (!event.path("resourceLogs").isArray()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    for (JsonNode resource : event.path("resourceLogs")) {
      for (JsonNode scope : resource.path("scopeLogs")) {
        for (JsonNode entry : scope.path("logRecords")) {
          JsonNode body = entry.path("body");
          JsonNode text = body.path("stringValue");
          if (text.isTextual()) {
            parts.add(new Part.Text(text.textValue()));
          } else {
            parts.add(new Part.Tree(body.has("kvlistValue") ? value(body) : entry));
          }
        }
      }
    }
    return Optional.of(parts);
  }

  /**
   * The value as plain JSON. Its nesting is that of the text, which the parser bounds.
   *
   * @see <a href="https://opentelemetry.io/docs/specs/otel/logs/data-model/#type-any">AnyValue</a>
   */
  private static JsonNode value(JsonNode any) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (any.path("kvlistValue").isObject()) {
      ObjectNode object = nodes.objectNode();
      for (JsonNode pair : any.path("kvlistValue").path("values")) {
        object.set(pair.path("key").asText(""), value(pair.path("value")));
      }
      return object;
    }
    if (any.path("arrayValue").isObject()) {
      ArrayNode array = nodes.arrayNode();
      any.path("arrayValue").path("values").forEach(one -> array.add(value(one)));
      return array;
    }
    JsonNode whole = any.path("intValue");
    if (whole.isTextual() && WHOLE.matcher(whole.textValue()).matches()) {
      // JSON of protobuf writes 64-bit numbers as text.
      return nodes.numberNode(Long.parseLong(whole.textValue()));
    }
    for (String type : SCALARS) {
      if (any.has(type)) {
        return any.path(type);
      }
    }
    return nodes.nullNode();
  }
}
