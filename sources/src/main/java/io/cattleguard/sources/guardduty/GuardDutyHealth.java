package io.cattleguard.sources.guardduty;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import org.jspecify.annotations.Nullable;

/**
 * Reads GuardDuty's events about its own coverage, because people must know what it does not
 * monitor.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html">Coverage
 *     of a cluster</a>
 */
final class GuardDutyHealth {
  private static final String PREFIX = "GuardDuty ";

  private GuardDutyHealth() {}

  /** Whether the event reports GuardDuty's own state rather than a finding. */
  static boolean recognises(JsonNode event) {
    return event.path("source").asText("aws.guardduty").equals("aws.guardduty")
        && switch (event.path("detail-type").asText("")) {
          case "GuardDuty Runtime Protection Unhealthy",
              "GuardDuty Runtime Protection Healthy",
              "GuardDuty Malware Protection Resource Status Active",
              "GuardDuty Malware Protection Resource Status Warning",
              "GuardDuty Malware Protection Resource Status Error",
              "GuardDuty Malware Protection Post Scan Action Failed" ->
              true;
          default -> false;
        };
  }

  static Reading read(JsonNode event, String source, String raw, Origin origin) {
    Fields fields = Fields.of(event);
    String type = fields.word("detail-type");
    if (type.endsWith(" Healthy") || type.endsWith(" Active")) {
      return new Reading.Ignored(type + ": coverage is healthy");
    }
    Fields detail = fields.object("detail");
    String account = or(detail.id("resourceAccountId"), fields.id("account"));
    return new AlertDraft(source, origin, raw, fields.notes())
        .alertClass(AlertClass.HEALTH)
        .rule("GuardDuty internal: " + type.substring(PREFIX.length()))
        .severity(Severity.MEDIUM)
        .target(target(detail).account(account).region(fields.text("region")))
        .observedAt(fields.time("time"))
        .title(issue(detail))
        .read();
  }

  /** The object that is not covered: an instance, a cluster of EKS or ECS, or a bucket. */
  private static Target.Builder target(Fields detail) {
    Fields resource = detail.object("resourceDetails");
    Fields instance = resource.object("ec2InstanceDetails");
    String cluster =
        or(
            resource.object("eksClusterDetails").text("clusterName"),
            resource.object("ecsClusterDetails").text("clusterName"));
    String bucket =
        or(
            detail.object("s3BucketDetails").text("bucketName"),
            detail.object("s3ObjectDetails").text("bucketName"));
    return Target.builder().instance(instance.text("instanceId")).resource(or(cluster, bucket));
  }

  private static @Nullable String issue(Fields detail) {
    String issue = detail.text("issue");
    Fields fargate =
        detail.object("resourceDetails").object("ecsClusterDetails").object("fargateDetails");
    for (String one : fargate.texts("issues")) {
      issue = or(issue, one);
    }
    for (String reason : detail.texts("statusReasons")) {
      issue = or(issue, reason);
    }
    return issue;
  }
}
