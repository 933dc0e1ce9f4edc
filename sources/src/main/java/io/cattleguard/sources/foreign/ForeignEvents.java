package io.cattleguard.sources.foreign;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Recognises events of sources without a parser, by their structure, so that the error is more
 * specific than "unknown".
 */
public final class ForeignEvents {
  private record Shape(String name, Predicate<JsonNode> fits) {}

  /** The first match wins: envelopes before their content, specific before general. */
  private static final List<Shape> SHAPES =
      List.of(
          new Shape(
              "an S3 notification, which names a file and holds no event",
              event -> event.path("s3").has("bucket") && event.path("s3").has("object")),
          new Shape("a Prometheus alert", event -> event.path("labels").has("alertname")),
          new Shape(
              "a GuardDuty malware scan result", event -> detailType(event, "GuardDuty Malware")),
          new Shape("a GuardDuty finding outside of EventBridge", ForeignEvents::isGuardDuty),
          new Shape("a Security Hub finding", ForeignEvents::isSecurityHub),
          new Shape(
              "a Sysdig event",
              event ->
                  hasAll(event, "originator", "content")
                      || hasAll(event, "originator", "customerId")),
          new Shape(
              "an osquery result",
              event -> hasAll(event, "name", "columns") || hasAll(event, "name", "snapshot")),
          new Shape("a CrowdStrike event", ForeignEvents::isCrowdStrike),
          new Shape("a Carbon Black alert", event -> isLogType(event, "CarbonBlack.")),
          new Shape(
              "a SentinelOne event",
              event ->
                  hasAll(event, "activitytype", "agentid") || isLogType(event, "SentinelOne.")),
          new Shape(
              "a Wiz event",
              event -> isLogType(event, "Wiz.") || hasAll(event, "entitySnapshot", "sourceRule")),
          new Shape("an Upwind detection", event -> isLogType(event, "Upwind.")),
          new Shape(
              "a Security Command Center finding",
              event -> hasAll(event, "notificationConfigName", "finding")),
          new Shape("a Tracebit alert", event -> hasAll(event, "canary", "discriminator")),
          new Shape("a Google Cloud audit log entry", event -> has(event, "protoPayload")),
          new Shape(
              "an Azure activity log entry",
              event -> isLogType(event, "Azure.") || hasAll(event, "operationName", "properties")));

  private ForeignEvents() {}

  /** The name with its article, or empty for an unknown structure. */
  public static Optional<String> name(JsonNode event) {
    for (Shape shape : SHAPES) {
      if (shape.fits.test(event)) {
        return Optional.of(shape.name);
      }
    }
    return Optional.empty();
  }

  /** Accepts EventBridge's envelope, the API's camel and Pascal case, and lower case. */
  private static boolean isGuardDuty(JsonNode event) {
    if (detailType(event, "GuardDuty") || text(event, "source").equals("aws.guardduty")) {
      return true;
    }
    String arn = text(event, "arn") + text(event, "Arn");
    return arn.contains(":guardduty:")
        || hasAll(event, "Service", "Severity", "Type")
        || hasAll(event, "service", "severity", "type", "accountId");
  }

  private static boolean isSecurityHub(JsonNode event) {
    return detailType(event, "Security Hub")
        || text(event, "source").equals("aws.securityhub")
        || hasAll(event, "ProductArn", "GeneratorId")
        || hasAll(event, "AwsAccountId", "GeneratorId");
  }

  private static boolean isCrowdStrike(JsonNode event) {
    return isLogType(event, "Crowdstrike.")
        || has(event, "fdr_event_type")
        || hasAll(event, "cid", "AgentIdString")
        || event.path("metadata").has("customerIDString");
  }

  private static boolean detailType(JsonNode event, String prefix) {
    return text(event, "detail-type").startsWith(prefix);
  }

  private static boolean isLogType(JsonNode event, String prefix) {
    return text(event, "p_log_type")
        .toLowerCase(Locale.ROOT)
        .startsWith(prefix.toLowerCase(Locale.ROOT));
  }

  private static String text(JsonNode event, String key) {
    return event.path(key).asText("");
  }

  private static boolean has(JsonNode event, String key) {
    return event.has(key);
  }

  private static boolean hasAll(JsonNode event, String... keys) {
    for (String key : keys) {
      if (!event.has(key)) {
        return false;
      }
    }
    return true;
  }
}
