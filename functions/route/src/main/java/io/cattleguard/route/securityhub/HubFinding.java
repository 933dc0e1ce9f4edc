package io.cattleguard.route.securityhub;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import io.cattleguard.route.brief.Brief;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.securityhub.model.AwsSecurityFinding;
import software.amazon.awssdk.services.securityhub.model.RecordState;
import software.amazon.awssdk.services.securityhub.model.Resource;
import software.amazon.awssdk.services.securityhub.model.SeverityLabel;

/**
 * An incident as a finding: one per incident, updated by every further notice. It is about the most
 * severe alert of the incident, whichever notice came last.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html">ASFF</a>
 */
final class HubFinding {
  /**
   * The mark by which the Security Hub source recognises and ignores Cattleguard's own findings.
   */
  static final String GENERATOR = "cattleguard/incident";

  private static final int TITLE = 250;
  private static final int DESCRIPTION = 1_000;
  private static final int ID = 500;
  private static final int WORD = 150;

  /** Maximum number of entries, the latest ones; the incident's record has all. */
  private static final int RESPONSES = 2;

  private static final Pattern INSTANCE = Pattern.compile("i-[0-9a-f]{8,17}");
  private static final Pattern GROUP = Pattern.compile("sg-[0-9a-f]{8,17}");
  private static final Pattern INCIDENT = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private HubFinding() {}

  /** The id of the incident's finding. */
  static String id(Notice.About notice) {
    return "cattleguard/" + incident(notice);
  }

  private static String incident(Notice.About notice) {
    String incident = notice.scored().incidentId();
    return INCIDENT.matcher(incident).matches() ? incident : Fingerprint.hash(incident);
  }

  /**
   * The finding, in the partition of the region.
   *
   * @param told what is known of the incident, with the notice
   */
  static AwsSecurityFinding of(
      Notice.About notice, Told told, String account, String region, Instant now) {
    ScoredAlert gravest = told.gravest().orElse(notice.scored());
    Brief brief = Brief.of(new Notice.Scored(gravest));
    String partition = partition(region);
    SeverityLabel label = label(told);
    Instant opened =
        told.incident().map(Incident::openedAt).orElse(notice.scored().accepted().firstAt());
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("cattleguard/incident", incident(notice));
    fields.put("cattleguard/score", Integer.toString(told.score()));
    fields.put("cattleguard/state", state(told).replace(' ', '-'));
    if (!told.responses().isEmpty()) {
      Told.Response latest = told.responses().getLast();
      fields.put("cattleguard/outcome", latest.outcome().jsonName());
      fields.put("cattleguard/action", HostileText.visible(latest.action(), ID));
    }
    return AwsSecurityFinding.builder()
        .schemaVersion("2018-10-08")
        .id(id(notice))
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
        .updatedAt((now.isBefore(opened) ? opened : now).toString())
        .severity(one -> one.label(label))
        .findingProviderFields(
            one -> one.severity(grade -> grade.label(label)).types("Unusual Behaviors"))
        .types("Unusual Behaviors")
        .title(HostileText.visible(brief.line(), TITLE))
        .description(HostileText.visible(String.join(" ", sentences(told, brief)), DESCRIPTION))
        .productFields(fields)
        .recordState(RecordState.ACTIVE)
        .sample(!gravest.alert().isReal())
        .resources(resources(gravest.alert().target(), partition, account, region))
        .build();
  }

  /** The state comes first, because the description is truncated at its end. */
  private static List<String> sentences(Told told, Brief brief) {
    List<String> sentences = new ArrayList<>();
    sentences.add("State: " + state(told) + ".");
    told.responses().reversed().stream()
        .limit(RESPONSES)
        .forEach(
            one ->
                sentences.add(
                    one.outcome().jsonName()
                        + ": "
                        + HostileText.visible(one.action(), WORD)
                        + " on "
                        + HostileText.visible(one.target(), WORD)
                        + (one.why() == null ? "." : " (" + one.why() + ").")));
    sentences.addAll(brief.sentences());
    return sentences;
  }

  private static String state(Told told) {
    return told.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String partition(String region) {
    return region.startsWith("cn-")
        ? "aws-cn"
        : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  }

  private static SeverityLabel label(Told told) {
    Severity gravity = Brief.gravity(told.severity(), told.score());
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
