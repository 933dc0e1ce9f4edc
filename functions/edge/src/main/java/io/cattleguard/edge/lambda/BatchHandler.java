package io.cattleguard.edge.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads an SQS batch and returns a partial batch response, so that only failed messages are
 * redelivered.
 *
 * <p>It parses the stream itself, because the warm-up cannot call the Lambda runtime's
 * serialization, which the first batch after each restore would have to load.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">Partial
 *     batch responses</a>
 */
public abstract class BatchHandler implements RequestStreamHandler {
  /** The JSON mapper, created in init so that a snapshot contains it. */
  protected static final JsonMapper JSON = Json.MAPPER;

  private static final ObjectReader SQS_EVENT =
      JSON.readerFor(SQSEvent.class).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * One SQS message.
   *
   * @param id SQS's message id, used to report a failure
   * @param body the message's text
   */
  public record Message(String id, String body) {}

  /** Handles one message; an exception causes a redelivery. */
  @FunctionalInterface
  public interface MessageHandler {
    /** Handles the message completely, or throws. */
    void handle(Message message);
  }

  /** For subclasses. */
  protected BatchHandler() {}

  /**
   * Handles the batch.
   *
   * @return the ids of the messages to redeliver
   */
  public abstract Set<String> handle(List<Message> batch);

  @Override
  public final void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    handleBatch(input.readAllBytes(), output);
  }

  /**
   * The message of an event with which a service calls the function directly, without SQS; empty if
   * the function does not expect such an event.
   */
  protected Optional<Message> direct(JsonNode event) {
    return Optional.empty();
  }

  final void handleBatch(byte[] batch, OutputStream output) throws IOException {
    Optional<Message> direct = directly(batch);
    if (direct.isPresent()) {
      if (!handle(List.of(direct.get())).isEmpty()) {
        // Without a queue, only an exception makes Lambda retry.
        throw new IllegalStateException("the event failed; Lambda retries it");
      }
      return;
    }
    Set<String> failed = handle(messages(batch));
    JSON.writeValue(
        output,
        new SQSBatchResponse(failed.stream().map(SQSBatchResponse.BatchItemFailure::new).toList()));
  }

  /**
   * Rejects anything but an SQS event: an empty response would mean success for the whole batch.
   */
  private static List<Message> messages(byte[] event) throws IOException {
    List<SQSEvent.SQSMessage> records = records(event);
    List<Message> batch = new ArrayList<>(records.size());
    for (SQSEvent.SQSMessage record : records) {
      String id = record == null ? null : record.getMessageId();
      if (id == null || id.isEmpty()) {
        throw new IllegalArgumentException("not an SQS event: a record has no messageId");
      }
      String body = record.getBody();
      batch.add(new Message(id, body == null ? "" : body));
    }
    return batch;
  }

  private Optional<Message> directly(byte[] event) throws IOException {
    if (isOfQueue(event)) {
      return Optional.empty();
    }
    try {
      JsonNode tree = JSON.readTree(event);
      return tree == null ? Optional.empty() : direct(tree);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Lambda writes the records of a queue first, so that no batch is parsed twice. */
  private static boolean isOfQueue(byte[] event) {
    String start = new String(event, 0, Math.min(event.length, 32), StandardCharsets.UTF_8);
    return start.replace(" ", "").startsWith("{\"Records\"");
  }

  private static List<SQSEvent.SQSMessage> records(byte[] event) throws IOException {
    try {
      SQSEvent read = SQS_EVENT.readValue(event);
      if (read != null && read.getRecords() != null) {
        return read.getRecords();
      }
    } catch (JsonProcessingException e) {
      // Omit the cause: its message quotes the event.
    }
    throw new IllegalArgumentException("not an SQS event: no list of Records");
  }

  /** Handles each message alone, so that a failure does not stop the others. */
  protected static Set<String> each(List<Message> batch, MessageHandler handler) {
    Set<String> failed = new LinkedHashSet<>();
    for (Message message : batch) {
      try {
        handler.handle(message);
      } catch (RuntimeException e) {
        failed.add(message.id());
        StructuredLog.error("message failed; SQS will redeliver it", e, "messageId", message.id());
      }
    }
    return failed;
  }
}
