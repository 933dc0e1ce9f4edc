package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Polls a queue for a function as Lambda's event source mapping does, with {@code
 * ReportBatchItemFailures}: it deletes the messages that are not reported as failed. After an
 * invalid report it deletes none, so all are retried.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">partial
 *     batch responses</a>
 */
final class EventSourceMapping {
  private static final int POLL_SECONDS = 3;

  private final Queues queues;
  private final String url;
  private final int batchSize;
  private final LambdaFunction function;
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean ending;

  EventSourceMapping(Queues queues, String url, int batchSize, LambdaFunction function) {
    this.queues = queues;
    this.url = url;
    this.batchSize = batchSize;
    this.function = function;
    this.thread = Thread.ofPlatform().name("poller of " + function.step()).start(this::poll);
  }

  /** The errors of failed invocations so far. */
  List<String> failures() {
    return failures;
  }

  private void poll() {
    while (!ending) {
      try {
        List<Message> batch = queues.receive(url, batchSize, POLL_SECONDS);
        if (!batch.isEmpty()) {
          work(batch);
        }
      } catch (InterruptedException e) {
        return;
      } catch (SdkException | IOException e) {
        if (!ending) {
          failures.add(e.toString());
        }
      }
    }
  }

  private void work(List<Message> batch) throws IOException, InterruptedException {
    switch (function.invoke(event(batch))) {
      case LambdaEnvironment.Answer.Failed failed -> failures.add(failed.why());
      case LambdaEnvironment.Answer.Returned returned -> delete(batch, returned.payload());
    }
  }

  private static String event(List<Message> batch) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    ArrayNode records = event.putArray("Records");
    for (Message message : batch) {
      ObjectNode record = records.addObject();
      record.put("messageId", message.messageId());
      record.put("receiptHandle", message.receiptHandle());
      record.put("body", message.body());
      ObjectNode attributes = record.putObject("attributes");
      message.attributesAsStrings().forEach(attributes::put);
      record.putObject("messageAttributes");
      record.put("md5OfBody", message.md5OfBody());
      record.put("eventSource", "aws:sqs");
      record.put("eventSourceARN", "arn:aws:sqs:eu-central-1:111122223333:queue-of-a-test");
      record.put("awsRegion", "eu-central-1");
    }
    return event.toString();
  }

  private void delete(List<Message> batch, String report) {
    JsonNode list = Shell.parse(report).path("batchItemFailures");
    Set<String> failed = new HashSet<>();
    list.forEach(one -> failed.add(one.path("itemIdentifier").asText()));
    Set<String> ids = new HashSet<>();
    batch.forEach(message -> ids.add(message.messageId()));
    if ((!list.isArray() && !list.isMissingNode() && !list.isNull()) || !ids.containsAll(failed)) {
      failures.add("no report of failures: " + report);
      return;
    }
    List<Message> done =
        batch.stream().filter(message -> !failed.contains(message.messageId())).toList();
    if (!done.isEmpty()) {
      queues.delete(url, done);
    }
  }

  /** Stops the mapping and its function. */
  void close() throws InterruptedException {
    ending = true;
    function.close();
    thread.join(2_000L * POLL_SECONDS);
  }
}
