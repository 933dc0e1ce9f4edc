package io.cattleguard.respond.handler;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;

/**
 * Sends a responder's messages to its own queue, delayed by SQS.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html">SendMessage</a>
 */
public final class SqsDelayQueue implements DelayQueue {
  private static final String SERVICE = "SQS";

  private final SqsClient sqs;
  private final String queueUrl;

  private SqsDelayQueue(AwsClients aws, String queueUrl) {
    this.sqs = aws.build(SERVICE, SqsClient.builder().checksumValidationEnabled(false));
    this.queueUrl = queueUrl;
  }

  /** Sends to {@code QUEUE_URL}, the function's own queue. */
  public static SqsDelayQueue of(Env env, AwsClients aws) {
    return new SqsDelayQueue(aws, env.required("QUEUE_URL"));
  }

  /** For the warm-up: sends one message to a queue that does not exist, and never waits. */
  static DelayQueue rehearsed() {
    new SqsDelayQueue(Rehearsal.aws(), "https://sqs.invalid/rehearsal")
        .send(
            new DelayedMessage.Verify(
                Optional.empty(), new Ledger.Key("rehearsal", "none"), "none"),
            Duration.ZERO);
    return DelayQueue.waiting(millis -> {});
  }

  /** SQS delays by whole seconds, so the delay is rounded up. */
  @Override
  public void send(DelayedMessage again, Duration delay) {
    int seconds = Math.toIntExact(Math.min(delay.plusMillis(999).toSeconds(), LONGEST.toSeconds()));
    try {
      sqs.sendMessage(
          SendMessageRequest.builder()
              .queueUrl(queueUrl)
              .messageBody(again.toJson().toString())
              .delaySeconds(seconds)
              .build());
    } catch (SdkException e) {
      throw new Unavailable("a delayed message could not be sent", new AwsFailure(SERVICE, e));
    }
  }
}
