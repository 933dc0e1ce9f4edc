package io.cattleguard.sources.unwrap;

import static io.cattleguard.sources.unwrap.Envelopes.each;
import static io.cattleguard.sources.unwrap.Envelopes.one;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.unwrap.Envelope.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens the envelopes of AWS's services and command line. */
final class AwsEnvelopes {
  private static final String MESSAGE = "message";

  private AwsEnvelopes() {}

  /**
   * A list of records: of SQS, SNS and Kinesis as Lambda gets them, of Firehose, of Azure, and of a
   * CloudTrail log file.
   */
  static Optional<List<Part>> records(JsonNode event) {
    JsonNode records = event.has("Records") ? event.path("Records") : event.path("records");
    return mapped(records, AwsEnvelopes::record);
  }

  private static Part record(JsonNode record) {
    JsonNode stream = record.path("kinesis").path("data");
    JsonNode data = stream.isMissingNode() ? record.path("data") : stream;
    boolean isPacked = data.isTextual() && (record.has("kinesis") || record.size() <= 4);
    return isPacked ? new Part.Bytes(data.textValue()) : new Part.Tree(record);
  }

  /** A message as Lambda gets it ({@code body}), or as {@code receive-message} prints it. */
  static Optional<List<Part>> queueMessage(JsonNode event) {
    boolean lambda = event.has("receiptHandle") || isFrom(event, "aws:sqs");
    JsonNode body = lambda ? event.path("body") : event.path("Body");
    boolean isMessage = lambda || event.has("ReceiptHandle") || event.has("MD5OfBody");
    return isMessage && body.isTextual() ? one(new Part.Text(body.textValue())) : Optional.empty();
  }

  static Optional<List<Part>> queueMessages(JsonNode event) {
    JsonNode messages = event.path("Messages");
    return messages.path(0).has("Body") ? each(messages) : Optional.empty();
  }

  /** A notification as SNS posts it, or as Lambda gets it. */
  static Optional<List<Part>> notification(JsonNode event) {
    JsonNode sns = event.path("Sns").isObject() ? event.path("Sns") : event;
    boolean isSns = sns.has("TopicArn") && sns.has("Message");
    if (!isSns) {
      return Optional.empty();
    }
    return sns.path("Type").asText("Notification").equals("Notification")
        ? one(new Part.Text(sns.path("Message").asText()))
        : Optional.of(List.of());
  }

  /** A subscription's batch, packed as Lambda and Kinesis get it, or not. */
  static Optional<List<Part>> subscription(JsonNode event) {
    JsonNode packed = event.path("awslogs").path("data");
    if (packed.isTextual()) {
      return one(new Part.Bytes(packed.textValue()));
    }
    if (!event.has("messageType") || !event.path("logEvents").isArray()) {
      return Optional.empty();
    }
    return event.path("messageType").asText().equals("DATA_MESSAGE")
        ? texts(event.path("logEvents"), MESSAGE)
        : Optional.of(List.of());
  }

  /** The output of {@code filter-log-events} or {@code get-log-events}, or one event of it. */
  static Optional<List<Part>> logEvents(JsonNode event) {
    JsonNode events = event.path("events");
    boolean isOutput =
        event.has("searchedLogStreams")
            || event.has("nextForwardToken")
            || isLogEvent(events.path(0));
    if (isOutput && events.isArray()) {
      return texts(events, MESSAGE);
    }
    return isLogEvent(event)
        ? one(new Part.Text(event.path(MESSAGE).textValue()))
        : Optional.empty();
  }

  private static boolean isLogEvent(JsonNode event) {
    return event.path(MESSAGE).isTextual()
        && event.path("timestamp").isNumber()
        && (event.has("ingestionTime") || event.has("logStreamName") || event.has("id"));
  }

  /** Rows of fields; the field {@code @message} has the event. */
  static Optional<List<Part>> insights(JsonNode event) {
    JsonNode rows = event.path("results");
    if (!rows.path(0).path(0).has("field")) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    for (JsonNode row : rows) {
      for (JsonNode field : row) {
        if (field.path("field").asText().equals("@message")) {
          parts.add(new Part.Text(field.path("value").asText()));
        }
      }
    }
    return Optional.of(parts);
  }

  static Optional<List<Part>> lookup(JsonNode event) {
    JsonNode events = event.path("Events");
    return events.path(0).has("CloudTrailEvent")
        ? texts(events, "CloudTrailEvent")
        : Optional.empty();
  }

  /** The output of GuardDuty's and Security Hub's {@code get-findings} and their like. */
  static Optional<List<Part>> findings(JsonNode event) {
    return each(event.has("Findings") ? event.path("Findings") : event.path("findings"));
  }

  private static Optional<List<Part>> texts(JsonNode list, String key) {
    return mapped(list, element -> text(element.path(key), element));
  }

  private static Part text(JsonNode value, JsonNode otherwise) {
    return value.isTextual() ? new Part.Text(value.textValue()) : new Part.Tree(otherwise);
  }

  private static Optional<List<Part>> mapped(
      @Nullable JsonNode list, Function<JsonNode, Part> part) {
    if (list == null || !list.isArray()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>(list.size());
    list.forEach(element -> parts.add(part.apply(element)));
    return Optional.of(parts);
  }

  private static boolean isFrom(JsonNode event, String source) {
    return event.path("eventSource").asText("").equals(source);
  }
}
