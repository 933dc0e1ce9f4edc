package io.cattleguard.app.wire;

import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The parts of AWS that the road stands on, by their APIs. */
interface RoadServices {
  /** Where SQS is. */
  URI queues();

  /** Where DynamoDB is. */
  URI tables();

  /**
   * Makes a rule on the bus for each step, from its pattern file to its queue.
   *
   * @param queueUrls by step
   * @return where EventBridge is
   */
  URI bus(Map<String, String> queueUrls, SqsClient sqs) throws Exception;

  /** Whether it lets each event arrive twice from now on; false where it cannot. */
  boolean deliverTwice(boolean twice);

  /** Ends it. */
  void close() throws Exception;
}
