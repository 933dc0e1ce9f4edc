package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.sources.unwrap.Packed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The audit events of an EKS cluster, as a subscription of CloudWatch Logs delivers them.
 *
 * <p>The cluster is the one that the log group's name has. Only EKS writes into that group, and IAM
 * lets only the group's subscription call the function. What the events say of it is not read.
 *
 * @param events each as its own text
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html">Subscription
 *     filters</a>
 */
record AuditLog(String cluster, List<String> events) {
  private static final Pattern LOG_GROUP =
      Pattern.compile("/aws/eks/([0-9A-Za-z][0-9A-Za-z_-]{0,99})/cluster");

  /** CloudWatch Logs packs at most one megabyte; audit events compress to a tenth. */
  private static final int LARGEST = 32 << 20;

  private static final ObjectReader JSON = JsonMapper.builder().build().readerFor(JsonNode.class);

  /** Whether the event is a delivery, or what Lambda keeps of one that it gave up. */
  static boolean isOne(JsonNode event) {
    return !data(event).isMissingNode();
  }

  /**
   * Reads a delivery; empty for any other event.
   *
   * @throws ContractViolation if the data is damaged or of another log group
   */
  static Optional<AuditLog> of(JsonNode event) {
    JsonNode data = data(event);
    if (data.isMissingNode()) {
      return Optional.empty();
    }
    JsonNode log =
        switch (Packed.ofBase64(data.asText(), LARGEST)) {
          case Packed.Content.Text content -> json(content.text());
          case Packed.Content.Refused refused ->
              throw new ContractViolation("awslogs: " + refused.reason());
        };
    if (log.path("messageType").asText().equals("CONTROL_MESSAGE")) {
      return Optional.of(new AuditLog("", List.of(log.toString())));
    }
    Matcher group = LOG_GROUP.matcher(log.path("logGroup").asText());
    if (!group.matches()) {
      throw new ContractViolation("awslogs: not the log group of an EKS cluster");
    }
    List<String> events = new ArrayList<>();
    for (JsonNode one : log.path("logEvents")) {
      events.add(one.path("message").asText());
    }
    return Optional.of(new AuditLog(group.group(1), List.copyOf(events)));
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

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new ContractViolation("awslogs: the data is not JSON", e);
    }
  }
}
