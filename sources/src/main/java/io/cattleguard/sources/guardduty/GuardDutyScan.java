package io.cattleguard.sources.guardduty;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the results of Malware Protection for S3, which writes no finding where GuardDuty itself is
 * not enabled. An object that could not be scanned is a gap in what GuardDuty sees.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html">Monitoring
 *     scans with EventBridge</a>
 */
final class GuardDutyScan {
  private static final String EVENT = "GuardDuty Malware Protection Object Scan Result";

  /** The rule of a finding about the same object. */
  private static final String MALICIOUS = "Object:S3/MaliciousFile";

  private GuardDutyScan() {}

  static boolean recognises(JsonNode event) {
    return event.path("detail-type").asText("").equals(EVENT);
  }

  static Reading read(JsonNode event, String source, String raw, Origin origin) {
    Fields fields = Fields.of(event);
    Fields detail = fields.object("detail");
    Fields result = detail.object("scanResultDetails");
    String status = result.word("scanResultStatus");
    return switch (status) {
      case "NO_THREATS_FOUND" -> new Reading.Ignored("a scan of GuardDuty that found no threat");
      case "THREATS_FOUND" ->
          draft(fields, detail, source, raw, origin)
              .rule(MALICIOUS)
              .severity(Severity.HIGH)
              .behaviour(Behaviour.of(List.of("TA0002", "T1204.002")))
              .traits(List.of(Trait.INTRUSION))
              .title(threat(result))
              .read();
      default ->
          draft(fields, detail, source, raw, origin)
              .alertClass(AlertClass.HEALTH)
              .rule("GuardDuty internal: Malware Protection Object Scan Result")
              .severity(Severity.LOW)
              .title("not scanned: " + (status.isEmpty() ? "unknown" : HostileText.visible(status)))
              .read();
    };
  }

  private static AlertDraft draft(
      Fields fields, Fields detail, String source, String raw, Origin origin) {
    Fields object = detail.object("s3ObjectDetails");
    String bucket = object.text("bucketName");
    return new AlertDraft(source, origin, raw, fields.notes())
        .target(
            Target.builder()
                .account(fields.id("account"))
                .region(fields.text("region"))
                .resource(bucket == null ? null : "arn:aws:s3:::" + bucket))
        .file(object.text("objectKey"))
        .observedAt(fields.time("time"));
  }

  private static @Nullable String threat(Fields result) {
    for (Fields threat : result.objects("threats")) {
      String name = threat.text("name");
      if (name != null) {
        return name;
      }
    }
    return null;
  }
}
