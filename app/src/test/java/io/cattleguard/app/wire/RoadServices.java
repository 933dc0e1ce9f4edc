package io.cattleguard.app.wire;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The AWS services that the road needs. */
interface RoadServices {
  /** The address of SQS. */
  URI queues();

  /** The address of DynamoDB. */
  URI tables();

  /**
   * Creates a rule for each step, with its pattern file and its queue.
   *
   * @param queueUrls by step
   * @return where EventBridge is
   */
  URI bus(Map<String, String> queueUrls, SqsClient sqs) throws Exception;

  /** Delivers each event twice from now on; returns false if that is not supported. */
  boolean deliverTwice(boolean twice);

  /** The address of EC2, if there is one; then the road has respond-aws too. */
  default Optional<URI> compute() {
    return Optional.empty();
  }

  /** Ends it. */
  void close() throws Exception;
}
