package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.ContractViolation;
import java.util.List;
import java.util.Optional;

/**
 * The audit events of an EKS cluster, as a subscription of CloudWatch Logs delivers them.
 *
 * <p>The cluster is the one that the log group's name has; IAM lets only the group's subscription
 * call the function. The group says nothing more: any principal of the account with {@code
 * logs:PutLogEvents} can write into it. So its events are read as audit events only, which prove
 * neither a node nor a sensor.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html">Subscription
 *     filters</a>
 */
sealed interface AuditLog {
  /** Maximum decompressed bytes that are read. Repeated events compress to a hundredth. */
  int LARGEST = 32 << 20;

  /**
   * Events of a cluster.
   *
   * @param messages each as its own text
   * @param rest the part that was not read
   */
  record Events(String cluster, List<String> messages, Optional<Rest> rest) implements AuditLog {
    /** Copies the list. */
    public Events {
      messages = List.copyOf(messages);
    }
  }

  /** A check that the subscription works, without events. */
  record Control(String text) implements AuditLog {}

  /**
   * The part of a delivery beyond {@link #LARGEST}.
   *
   * @param where says in JSON where the log group has it
   */
  record Rest(String where, String reason) {}

  /** Whether the event is a delivery, or what Lambda keeps of one that it gave up. */
  static boolean isOne(JsonNode event) {
    return !data(event).isMissingNode();
  }

  /**
   * Reads a delivery; empty for any other event.
   *
   * @throws ContractViolation if the data is damaged, or of another log group or stream
   */
  static Optional<AuditLog> of(JsonNode event) {
    JsonNode data = data(event);
    return data.isMissingNode()
        ? Optional.empty()
        : Optional.of(AuditLogReader.read(data.asText()));
  }

  /**
   * An event of the bus has keys of EventBridge's own at the top, so no detail of it can look like
   * a delivery.
   */
  private static JsonNode data(JsonNode event) {
    JsonNode given = event.path("awslogs").path("data");
    JsonNode kept = event.path("requestPayload").path("awslogs").path("data");
    JsonNode data = given.isTextual() ? given : kept;
    return data.isTextual() && !event.has("detail-type") ? data : MissingNode.getInstance();
  }
}
