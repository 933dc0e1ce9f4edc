package io.cattleguard.edge.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
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
 * <p>It reads and writes the stream itself, because the serialization of Lambda's runtime cannot be
 * called while a snapshot is made: the first batch after each restore would load it.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">Partial
 *     batch responses</a>
 */
public abstract class BatchHandler implements RequestStreamHandler {
  /** Reads and writes what Lambda passes; made in init so that a snapshot keeps it. */
  protected static final JsonMapper JSON = Json.MAPPER;

  private static final ObjectReader SQS_EVENT =
      JSON.readerFor(SQSEvent.class).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

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
    Set<String> failed = handle(messages(batch));
    JSON.writeValue(
        output,
        new SQSBatchResponse(failed.stream().map(SQSBatchResponse.BatchItemFailure::new).toList()));
  }

  /**
   * Whatever is no SQS event is refused: an empty answer would tell Lambda that all of it is done.
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

  private static List<SQSEvent.SQSMessage> records(byte[] event) throws IOException {
    try {
      SQSEvent read = SQS_EVENT.readValue(event);
      if (read != null && read.getRecords() != null) {
        return read.getRecords();
      }
    } catch (JsonProcessingException e) {
      // Its message quotes the event.
    }
    throw new IllegalArgumentException("not an SQS event: it has no list of Records");
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
