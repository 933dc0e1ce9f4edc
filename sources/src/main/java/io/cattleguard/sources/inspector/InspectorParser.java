package io.cattleguard.sources.inspector;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.parsing.Severities;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads Amazon Inspector's findings from EventBridge, and as its API writes them.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html">EventBridge
 *     schema</a>
 */
public final class InspectorParser implements AlertParser {
  private static final String SOURCE = "aws.inspector2";
  private static final String EVENT = "Inspector2 Finding";

  @Override
  public String source() {
    return "inspector2";
  }

  @Override
  public boolean recognises(JsonNode event) {
    return (event.path("source").asText("").equals(SOURCE)
            && event.path("detail-type").asText("").startsWith("Inspector2"))
        || event.path("findingArn").asText("").contains(":inspector2:")
        || (event.has("findingArn") && event.has("awsAccountId") && event.has("status"));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    boolean enveloped = event.has("detail-type");
    Fields envelope = Fields.of(event);
    if (enveloped && !envelope.word("detail-type").equals(EVENT)) {
      return new Reading.Ignored(
          HostileText.visible(envelope.word("detail-type"), 40) + ": not a finding");
    }
    Fields finding = enveloped ? envelope.object("detail") : envelope;
    String status = finding.word("status");
    if (!status.isEmpty() && !status.equals("ACTIVE")) {
      return new Reading.Ignored(
          "an Inspector finding that is "
              + HostileText.visible(status.toLowerCase(Locale.ROOT), 40));
    }
    String arn = finding.text("findingArn");
    if (arn == null) {
      return new Reading.Unreadable("an Inspector finding without a findingArn");
    }
    Fields reach = finding.object("networkReachabilityDetails");
    return new AlertDraft(source(), origin, raw, envelope.notes())
        .identity(arn + "/" + finding.word("updatedAt"))
        .alertClass(
            finding.word("type").equals("NETWORK_REACHABILITY")
                ? AlertClass.CONFIGURATION
                : AlertClass.VULNERABILITY)
        .rule(rule(finding))
        .severity(severity(finding))
        .target(
            target(finding)
                .account(or(finding.id("awsAccountId"), envelope.id("account")))
                .region(region(finding, envelope)))
        .network(reach.isEmpty() ? ObservedConnection.UNKNOWN : reachable(reach))
        .observedAt(InspectorTime.of(finding, envelope))
        .title(finding.text("title"))
        .read();
  }

  /** The vulnerability or the detector of code, else the kind of finding. */
  private static @Nullable String rule(Fields finding) {
    Fields code = finding.object("codeVulnerabilityDetails");
    return or(
        finding.object("packageVulnerabilityDetails").text("vulnerabilityId"),
        or(code.text("detectorId"), or(code.text("detectorName"), finding.text("type"))));
  }

  /** A finding that Inspector has not judged yet has no severity. */
  private static @Nullable Severity severity(Fields finding) {
    return finding.word("severity").equals("UNTRIAGED")
        ? null
        : Severities.named(finding, "severity");
  }

  private static @Nullable String region(Fields finding, Fields envelope) {
    for (Fields resource : finding.objects("resources")) {
      String region = resource.text("region");
      if (region != null) {
        return region;
      }
    }
    return envelope.text("region");
  }

  /** The first resource of each kind. */
  private static Target.Builder target(Fields finding) {
    String instance = null;
    String image = null;
    String other = null;
    for (Fields resource : finding.objects("resources")) {
      String id = resource.text("id");
      switch (resource.word("type")) {
        case "AWS_EC2_INSTANCE" ->
            instance = or(instance, id == null ? null : id.substring(id.lastIndexOf('/') + 1));
        case "AWS_ECR_CONTAINER_IMAGE" -> {
          image = or(image, image(resource.object("details").object("awsEcrContainerImage")));
          other = or(other, id);
        }
        default -> other = or(other, id);
      }
    }
    return Target.builder().instance(instance).image(image).resource(other);
  }

  private static @Nullable String image(Fields image) {
    String repository = image.text("repositoryName");
    List<String> tags = image.texts("imageTags");
    return repository == null || tags.isEmpty() ? repository : repository + ":" + tags.getFirst();
  }

  /** The port that can be reached, if it is one. */
  private static ObservedConnection reachable(Fields reach) {
    Fields range = reach.object("openPortRange");
    Integer first = range.port("begin");
    Integer last = range.port("end");
    String protocol = reach.text("protocol");
    return new ObservedConnection(
        null,
        null,
        first != null && first.equals(last) ? first : null,
        protocol == null ? null : protocol.toLowerCase(Locale.ROOT),
        "inbound");
  }
}
