package io.cattleguard.sources.securityhub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.Set;

/**
 * Reads Security Hub's findings as EventBridge delivers them: imported ones, those of a custom
 * action, and those of the second version, which are OCSF.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-types.html">Event
 *     types</a>
 */
public final class SecurityHubParser implements AlertParser {
  private static final String V2 = "Findings Imported V2";

  private static final Set<String> FINDINGS =
      Set.of("Security Hub Findings - Imported", "Security Hub Findings - Custom Action", V2);

  @Override
  public String source() {
    return "securityhub";
  }

  @Override
  public boolean recognises(JsonNode event) {
    return isBare(event)
        || (event.path("source").asText("").equals("aws.securityhub")
            && FINDINGS.contains(event.path("detail-type").asText("")));
  }

  /** Whether it is a finding without an envelope, as {@code get-findings} prints it. */
  private static boolean isBare(JsonNode event) {
    return event.has("GeneratorId")
        && event.has("AwsAccountId")
        && (event.has("ProductArn") || event.has("Types"));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    if (isBare(event)) {
      return new AsffFinding(event, MissingNode.getInstance()).read(source(), raw, origin);
    }
    JsonNode findings = event.path("detail").path("findings");
    if (findings.isArray() && findings.isEmpty()) {
      return new Reading.Ignored("a Security Hub event without a finding");
    }
    if (findings.size() > 1) {
      // AWS documents one finding per event; people may select several for a custom action.
      return new Reading.Unreadable(
          "a Security Hub event with "
              + findings.size()
              + " findings: several findings in one event are not supported yet");
    }
    if (!findings.path(0).isObject()) {
      return new Reading.Unreadable("a Security Hub event whose finding is not an object");
    }
    JsonNode finding = findings.path(0);
    return event.path("detail-type").asText("").equals(V2) || finding.has("class_uid")
        ? new OcsfFinding(finding, event.path("time")).read(source(), raw, origin)
        : new AsffFinding(finding, event.path("time")).read(source(), raw, origin);
  }
}
