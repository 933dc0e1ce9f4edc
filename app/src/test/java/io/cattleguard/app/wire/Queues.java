package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.AwsService;
import java.util.ArrayList;
import java.util.List;

/** Queues with dead-letter queues, by the API of SQS. */
public final class Queues {
  private final AwsService sqs;

  public Queues(AwsService sqs) {
    this.sqs = sqs;
  }

  /** A message in somebody's hands. */
  record Message(JsonNode json) {
    String id() {
      return json.path("MessageId").asText();
    }

    String handle() {
      return json.path("ReceiptHandle").asText();
    }

    String body() {
      return json.path("Body").asText();
    }
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode of(String url) {
    return object().put("QueueUrl", url);
  }

  /** Makes a queue; returns its URL. */
  public String make(String name) {
    return sqs.call("CreateQueue", object().put("QueueName", name)).path("QueueUrl").asText();
  }

  /**
   * Makes a queue whose messages end in another one.
   *
   * @param visibility seconds for which a message that was received stays out of sight
   */
  public String make(String name, int visibility, String deadLetterUrl, int receives) {
    ObjectNode redrive = object();
    redrive.put("deadLetterTargetArn", attribute(deadLetterUrl, "QueueArn"));
    redrive.put("maxReceiveCount", receives);
    ObjectNode request = object().put("QueueName", name);
    request
        .putObject("Attributes")
        .put("VisibilityTimeout", Integer.toString(visibility))
        .put("RedrivePolicy", redrive.toString());
    return sqs.call("CreateQueue", request).path("QueueUrl").asText();
  }

  public String attribute(String url, String name) {
    ObjectNode request = of(url);
    request.putArray("AttributeNames").add(name);
    return sqs.call("GetQueueAttributes", request).path("Attributes").path(name).asText();
  }

  void send(String url, String body) {
    sqs.call("SendMessage", of(url).put("MessageBody", body));
  }

  /** Takes some, having waited so long for the first. */
  List<Message> receive(String url, int atMost, int waitSeconds) {
    ObjectNode request = of(url);
    request.put("MaxNumberOfMessages", atMost).put("WaitTimeSeconds", waitSeconds);
    request.putArray("AttributeNames").add("All");
    return messages(request);
  }

  /** Looks at some, and takes none. */
  List<Message> look(String url) {
    return messages(of(url).put("MaxNumberOfMessages", 10).put("VisibilityTimeout", 0));
  }

  private List<Message> messages(ObjectNode request) {
    List<Message> messages = new ArrayList<>();
    sqs.call("ReceiveMessage", request)
        .path("Messages")
        .forEach(message -> messages.add(new Message(message)));
    return messages;
  }

  void delete(String url, List<Message> messages) {
    ObjectNode request = of(url);
    var entries = request.putArray("Entries");
    messages.forEach(
        one -> entries.addObject().put("Id", one.id()).put("ReceiptHandle", one.handle()));
    sqs.call("DeleteMessageBatch", request);
  }

  /** How many wait, or are in somebody's hands. */
  int waiting(String url) {
    return Integer.parseInt(attribute(url, "ApproximateNumberOfMessages"))
        + Integer.parseInt(attribute(url, "ApproximateNumberOfMessagesNotVisible"));
  }
}
