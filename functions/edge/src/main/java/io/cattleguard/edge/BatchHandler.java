package io.cattleguard.edge;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An SQS batch in, a partial batch response out: what fails is redelivered alone, what worked is
 * not.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">Partial
 *     batch responses</a>
 */
public abstract class BatchHandler implements RequestStreamHandler {
  /** Reads and writes what Lambda passes; made in init so that a snapshot keeps it. */
  protected static final JsonMapper JSON = Json.MAPPER;

  /**
   * One SQS message.
   *
   * @param id SQS's message id, by which a failure is reported
   * @param body the text that was sent
   */
  public record Message(String id, String body) {}

  /** Handles one message; throws to have it redelivered. */
  @FunctionalInterface
  public interface MessageHandler {
    /** Handles it whole, or throws. */
    void handle(Message message);
  }

  /** For subclasses. */
  protected BatchHandler() {}

  /**
   * Handles the batch.
   *
   * @return the ids of the messages to deliver again
   */
  public abstract Set<String> handle(List<Message> batch);

  @Override
  public final void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    handleBatch(input.readAllBytes(), output);
  }

  final void handleBatch(byte[] batch, OutputStream output) throws IOException {
    Set<String> failed = handle(messages(JSON.readTree(batch)));
    try (JsonGenerator out = JSON.createGenerator(output)) {
      out.writeStartObject();
      out.writeArrayFieldStart("batchItemFailures");
      for (String id : failed) {
        out.writeStartObject();
        out.writeStringField("itemIdentifier", id);
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
  }

  /**
   * Whatever is no SQS event is refused: an empty answer would tell Lambda that all of it is done.
   */
  private static List<Message> messages(JsonNode event) {
    JsonNode records = event.path("Records");
    if (!records.isArray()) {
      throw new IllegalArgumentException("not an SQS event: it has no list of Records");
    }
    List<Message> batch = new ArrayList<>(records.size());
    for (JsonNode record : records) {
      String id = record.path("messageId").asText();
      if (id.isEmpty()) {
        throw new IllegalArgumentException("not an SQS event: a record has no messageId");
      }
      batch.add(new Message(id, record.path("body").asText()));
    }
    return batch;
  }

  /** Handles each message by itself, so that one that throws stops nobody else. */
  protected static Set<String> each(List<Message> batch, MessageHandler handler) {
    Set<String> failed = new LinkedHashSet<>();
    for (Message message : batch) {
      try {
        handler.handle(message);
      } catch (RuntimeException e) {
        failed.add(message.id());
        StructuredLog.error(
            "message failed and will be delivered again", e, "messageId", message.id());
      }
    }
    return failed;
  }
}
