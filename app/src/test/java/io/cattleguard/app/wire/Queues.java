package io.cattleguard.app.wire;

import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Queues with dead-letter queues, through the SQS API. */
public final class Queues {
  private final SqsClient sqs;

  public Queues(SqsClient sqs) {
    this.sqs = sqs;
  }

  /** Creates a queue; returns its URL. */
  public String make(String name) {
    return sqs.createQueue(queue -> queue.queueName(name)).queueUrl();
  }

  /**
   * Creates a queue with a dead-letter queue.
   *
   * @param visibility seconds for which a message that was received stays out of sight
   */
  public String make(String name, int visibility, String deadLetterUrl, int receives) {
    String redrive =
        "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":%d}"
            .formatted(attribute(deadLetterUrl, "QueueArn"), receives);
    return sqs.createQueue(
            queue ->
                queue
                    .queueName(name)
                    .attributes(
                        Map.of(
                            QueueAttributeName.VISIBILITY_TIMEOUT,
                            Integer.toString(visibility),
                            QueueAttributeName.REDRIVE_POLICY,
                            redrive)))
        .queueUrl();
  }

  public String attribute(String url, String name) {
    return sqs.getQueueAttributes(queue -> queue.queueUrl(url).attributeNamesWithStrings(name))
        .attributesAsStrings()
        .getOrDefault(name, "");
  }

  void send(String url, String body) {
    var unused = sqs.sendMessage(message -> message.queueUrl(url).messageBody(body));
  }

  /** Receives messages, and waits for the first one. */
  List<Message> receive(String url, int atMost, int waitSeconds) {
    return sqs.receiveMessage(
            ask ->
                ask.queueUrl(url)
                    .maxNumberOfMessages(atMost)
                    .waitTimeSeconds(waitSeconds)
                    .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
        .messages();
  }

  /** Reads messages without hiding them from other receivers. */
  List<Message> look(String url) {
    return sqs.receiveMessage(ask -> ask.queueUrl(url).maxNumberOfMessages(10).visibilityTimeout(0))
        .messages();
  }

  void delete(String url, List<Message> messages) {
    List<DeleteMessageBatchRequestEntry> entries =
        messages.stream()
            .map(
                one ->
                    DeleteMessageBatchRequestEntry.builder()
                        .id(one.messageId())
                        .receiptHandle(one.receiptHandle())
                        .build())
            .toList();
    var unused = sqs.deleteMessageBatch(batch -> batch.queueUrl(url).entries(entries));
  }

  /** The number of messages, visible or in flight. */
  int waiting(String url) {
    return Integer.parseInt(attribute(url, "ApproximateNumberOfMessages"))
        + Integer.parseInt(attribute(url, "ApproximateNumberOfMessagesNotVisible"));
  }
}
