package io.cattleguard.route.securityhub;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.route.Notice;
import io.cattleguard.route.brief.Brief;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.securityhub.model.AwsSecurityFinding;
import software.amazon.awssdk.services.securityhub.model.RecordState;
import software.amazon.awssdk.services.securityhub.model.Resource;
import software.amazon.awssdk.services.securityhub.model.SeverityLabel;

/**
 * An incident as a finding: one per incident, updated by every further notice.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html">ASFF</a>
 */
final class HubFinding {
  /** By it the source Security Hub recognises Cattleguard's own findings, and ignores them. */
  static final String GENERATOR = "cattleguard/incident";

  private static final int TITLE = 250;
  private static final int DESCRIPTION = 1_000;
  private static final int ID = 500;
  private static final Pattern INSTANCE = Pattern.compile("i-[0-9a-f]{8,17}");
  private static final Pattern GROUP = Pattern.compile("sg-[0-9a-f]{8,17}");
  private static final Pattern INCIDENT = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private HubFinding() {}

  /** The finding, in the partition of the region. */
  static AwsSecurityFinding of(Notice.About notice, String account, String region) {
    ScoredAlert scored = notice.scored();
    Brief brief = Brief.of(notice);
    String incident = scored.incidentId();
    String id = INCIDENT.matcher(incident).matches() ? incident : Fingerprint.hash(incident);
    String partition = partition(region);
    SeverityLabel label = label(scored);
    Incident joined = scored.incident();
    Instant opened = joined == null ? scored.accepted().firstAt() : joined.openedAt();
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("cattleguard/incident", id);
    fields.put("cattleguard/score", Integer.toString(scored.score()));
    if (notice instanceof Notice.Decided decided) {
      fields.put("cattleguard/outcome", decided.decided().outcome().jsonName());
      fields.put("cattleguard/action", HostileText.visible(decided.decided().action(), ID));
    }
    return AwsSecurityFinding.builder()
        .schemaVersion("2018-10-08")
        .id("cattleguard/" + id)
        .productArn(
            "arn:"
                + partition
                + ":securityhub:"
                + region
                + ":"
                + account
                + ":product/"
                + account
                + "/default")
        .generatorId(GENERATOR)
        .awsAccountId(account)
        .createdAt(opened.toString())
        .updatedAt((brief.at().isBefore(opened) ? opened : brief.at()).toString())
        .severity(one -> one.label(label))
        .findingProviderFields(
            one -> one.severity(grade -> grade.label(label)).types("Unusual Behaviors"))
        .types("Unusual Behaviors")
        .title(HostileText.visible(brief.line(), TITLE))
        .description(HostileText.visible(String.join(" ", sentences(brief)), DESCRIPTION))
        .productFields(fields)
        .recordState(RecordState.ACTIVE)
        .sample(!scored.alert().isReal())
        .resources(resources(scored.alert().target(), partition, account, region))
        .build();
  }

  private static List<String> sentences(Brief brief) {
    return brief.sentences().isEmpty() ? List.of(brief.line()) : brief.sentences();
  }

  static String partition(String region) {
    return region.startsWith("cn-")
        ? "aws-cn"
        : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  }

  private static SeverityLabel label(ScoredAlert scored) {
    Severity gravity =
        Brief.gravity(Optional.ofNullable(scored.alert().severity()), scored.score());
    return switch (gravity) {
      case FATAL, CRITICAL -> SeverityLabel.CRITICAL;
      case HIGH -> SeverityLabel.HIGH;
      case MEDIUM -> SeverityLabel.MEDIUM;
      case LOW -> SeverityLabel.LOW;
      case INFORMATIONAL -> SeverityLabel.INFORMATIONAL;
    };
  }

  private static List<Resource> resources(
      Target target, String partition, String account, String region) {
    List<Resource> resources = new ArrayList<>();
    String ec2 = "arn:" + partition + ":ec2:" + region + ":" + account + ":";
    String instance = target.instance();
    if (instance != null && INSTANCE.matcher(instance).matches()) {
      resources.add(resource("AwsEc2Instance", ec2 + "instance/" + instance, partition, region));
    }
    String group = target.securityGroup();
    if (group != null && GROUP.matcher(group).matches()) {
      resources.add(
          resource("AwsEc2SecurityGroup", ec2 + "security-group/" + group, partition, region));
    }
    List<String> names = new ArrayList<>();
    for (String part :
        new @Nullable String[] {target.cluster(), target.namespace(), target.pod()}) {
      if (part != null) {
        names.add(part);
      }
    }
    if (!names.isEmpty()) {
      resources.add(resource("Other", String.join("/", names), partition, region));
    }
    String other = target.resource() == null ? target.principal() : target.resource();
    if (other != null) {
      resources.add(resource("Other", other, partition, region));
    }
    if (resources.isEmpty()) {
      resources.add(resource("AwsAccount", "AWS::::Account:" + account, partition, region));
    }
    return resources;
  }

  private static Resource resource(String type, String id, String partition, String region) {
    return Resource.builder()
        .type(type)
        .id(HostileText.visible(id, ID))
        .partition(partition)
        .region(region)
        .build();
  }
}
