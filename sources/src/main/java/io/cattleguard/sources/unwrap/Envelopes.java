package io.cattleguard.sources.unwrap;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.unwrap.Envelope.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Recognises envelopes by their structure. A parser looks first, so that an event that a source
 * wrote is never taken for an envelope.
 */
public final class Envelopes {
  /** Finds the parts of one kind of envelope; empty for every other kind. */
  private record Shape(
      String name, boolean isList, Function<JsonNode, Optional<List<Part>>> parts) {
    static Shape of(String name, Function<JsonNode, Optional<List<Part>>> parts) {
      return new Shape(name, false, parts);
    }

    static Shape list(String name, Function<JsonNode, Optional<List<Part>>> parts) {
      return new Shape(name, true, parts);
    }
  }

  /** Splunk's HTTP event collector knows no other keys. */
  private static final Set<String> COLLECTOR_KEYS =
      Set.of("time", "host", "source", "sourcetype", "index", "event", "fields", "channel");

  /** The first match wins: formats of one service come before formats of many. */
  private static final List<Shape> SHAPES =
      List.of(
          Shape.list("a batch of records", AwsEnvelopes::records),
          Shape.of("an SQS message", AwsEnvelopes::queueMessage),
          Shape.list("a list of SQS messages", AwsEnvelopes::queueMessages),
          Shape.of("an SNS message", AwsEnvelopes::notification),
          Shape.of("a CloudWatch Logs subscription", AwsEnvelopes::subscription),
          Shape.of("an output of CloudWatch Logs", AwsEnvelopes::logEvents),
          Shape.of("a result of CloudWatch Logs Insights", AwsEnvelopes::insights),
          Shape.of("an output of CloudTrail lookup-events", AwsEnvelopes::lookup),
          Shape.list("a list of findings", AwsEnvelopes::findings),
          Shape.list("a list of Kubernetes audit events", Envelopes::auditList),
          Shape.list("an Alertmanager notification", Envelopes::alertmanager),
          Shape.of("an Azure diagnostic record", Envelopes::azureLog),
          Shape.of("a CloudEvents event", Envelopes::cloudEvent),
          Shape.of("an Elasticsearch hit", Envelopes::hit),
          Shape.list("an Elasticsearch response", event -> each(event.path("hits").path("hits"))),
          Shape.of("a Loki response", LogEnvelopes::loki),
          Shape.of("a Splunk result", Envelopes::splunk),
          Shape.of("an event of Splunk's collector", Envelopes::collector),
          Shape.of("a Pub/Sub message", Envelopes::pubSub),
          Shape.of("a Google Cloud log entry", LogEnvelopes::googleEntry),
          Shape.of("an OpenTelemetry log", LogEnvelopes::openTelemetry),
          Shape.of("a log record", LogEnvelopes::record),
          Shape.of("an HTTP request", Envelopes::request));

  private Envelopes() {}

  /** Opens an envelope; empty if the event has no known structure. */
  public static Optional<Envelope> open(JsonNode event) {
    if (event.isTextual()) {
      return isJson(event.textValue())
          ? Optional.of(
              new Envelope("a JSON string", List.of(new Part.Text(event.textValue())), false))
          : Optional.empty();
    }
    if (event.isArray()) {
      return each(event).map(parts -> new Envelope("a list", parts, true));
    }
    for (Shape shape : SHAPES) {
      Optional<List<Part>> parts = shape.parts.apply(event);
      if (parts.isPresent()) {
        return Optional.of(new Envelope(shape.name, parts.get(), shape.isList));
      }
    }
    return Optional.empty();
  }

  /**
   * Opens an event of an EventBridge bus whose source is not known, such as falcosidekick's. Any
   * service writes such events, so known envelopes should be tried first.
   */
  public static Optional<Envelope> openBusEvent(JsonNode event) {
    return event.has("detail-type") && event.path("detail").isObject()
        ? Optional.of(
            new Envelope(
                "an EventBridge event", List.of(new Part.Tree(event.path("detail"))), false))
        : Optional.empty();
  }

  static Optional<List<Part>> one(Part part) {
    return Optional.of(List.of(part));
  }

  /** The elements of a list; empty if it is not a list. */
  static Optional<List<Part>> each(JsonNode list) {
    if (!list.isArray()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>(list.size());
    list.forEach(element -> parts.add(new Part.Tree(element)));
    return Optional.of(parts);
  }

  /** A part of a text or of a JSON value; empty for any other. */
  static Optional<List<Part>> textOrTree(JsonNode value) {
    if (value.isTextual()) {
      return one(new Part.Text(value.textValue()));
    }
    return value.isObject() || value.isArray() ? one(new Part.Tree(value)) : Optional.empty();
  }

  /** Whether the text can only be JSON of an object or a list of objects. */
  static boolean isJson(String text) {
    String start = text.length() > 64 ? text.substring(0, 64).stripLeading() : text.strip();
    return start.startsWith("{") || start.startsWith("[{");
  }

  private static Optional<List<Part>> auditList(JsonNode event) {
    return event.path("kind").asText("").equals("EventList")
        ? each(event.path("items"))
        : Optional.empty();
  }

  /** What Alertmanager posts to a webhook. */
  private static Optional<List<Part>> alertmanager(JsonNode event) {
    return event.has("receiver") && event.path("status").isTextual()
        ? each(event.path("alerts"))
        : Optional.empty();
  }

  /** AKS writes its audit events as text into diagnostic records. */
  private static Optional<List<Part>> azureLog(JsonNode event) {
    JsonNode log = event.path("properties").path("log");
    return event.has("category") && log.isTextual()
        ? one(new Part.Text(log.textValue()))
        : Optional.empty();
  }

  private static Optional<List<Part>> cloudEvent(JsonNode event) {
    if (!event.has("specversion")) {
      return Optional.empty();
    }
    JsonNode packed = event.path("data_base64");
    return packed.isTextual()
        ? one(new Part.Bytes(packed.textValue()))
        : textOrTree(event.path("data"));
  }

  private static Optional<List<Part>> hit(JsonNode event) {
    JsonNode source = event.path("_source");
    if (source.isObject()) {
      return one(new Part.Tree(source));
    }
    // The line before each document of a bulk request.
    boolean isAction =
        event.size() == 1
            && (event.path("index").has("_index") || event.path("create").has("_index"));
    return isAction ? Optional.of(List.of()) : Optional.empty();
  }

  private static Optional<List<Part>> splunk(JsonNode event) {
    JsonNode raw = event.path("result").path("_raw");
    if (raw.isTextual()) {
      return one(new Part.Text(raw.textValue()));
    }
    JsonNode alone = event.path("_raw");
    if (alone.isTextual()) {
      return one(new Part.Text(alone.textValue()));
    }
    JsonNode results = event.path("results");
    return results.path(0).path("_raw").isTextual() ? each(results) : Optional.empty();
  }

  private static Optional<List<Part>> collector(JsonNode event) {
    JsonNode content = event.path("event");
    if (content.isMissingNode() || event.size() < 2) {
      return Optional.empty();
    }
    boolean known =
        event.properties().stream().allMatch(one -> COLLECTOR_KEYS.contains(one.getKey()));
    return known ? textOrTree(content) : Optional.empty();
  }

  private static Optional<List<Part>> pubSub(JsonNode event) {
    JsonNode data = event.path("message").path("data");
    return event.has("subscription") && data.isTextual()
        ? one(new Part.Bytes(data.textValue()))
        : Optional.empty();
  }

  /** A request as API gateways and function URLs pass it on. */
  private static Optional<List<Part>> request(JsonNode event) {
    JsonNode body = event.path("body");
    if (!event.has("headers") || !body.isTextual()) {
      return Optional.empty();
    }
    return one(
        event.path("isBase64Encoded").asBoolean(false)
            ? new Part.Bytes(body.textValue())
            : new Part.Text(body.textValue()));
  }
}
