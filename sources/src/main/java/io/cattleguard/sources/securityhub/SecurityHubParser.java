package io.cattleguard.sources.securityhub;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.EventParts;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;
import java.util.Set;

/**
 * Reads Security Hub's findings as EventBridge delivers them: imported ones and those of a custom
 * action. It also reads a finding without an event around it. Those of the second version are OCSF.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-types.html">Event
 *     types</a>
 */
public final class SecurityHubParser implements AlertParser {
  private static final Set<String> FINDINGS =
      Set.of("Security Hub Findings - Imported", "Security Hub Findings - Custom Action");

  @Override
  public String source() {
    return "securityhub";
  }

  /** An event of Security Hub, or a finding as its API and its exports write it. */
  @Override
  public boolean recognises(JsonNode event) {
    return isEvent(event) || isFinding(event);
  }

  private static boolean isEvent(JsonNode event) {
    return event.path("source").asText("").equals("aws.securityhub")
        && FINDINGS.contains(event.path("detail-type").asText(""));
  }

  private static boolean isFinding(JsonNode event) {
    return event.has("GeneratorId")
        && (event.has("ProductArn") || event.has("AwsAccountId"))
        && !event.has("detail-type");
  }

  /** People may select several findings for a custom action. */
  @Override
  public List<JsonNode> parts(JsonNode event) {
    return isEvent(event) ? EventParts.ofFindings(event) : List.of();
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    if (!isEvent(event)) {
      return new AsffFinding(Fields.of(event), event.path("time")).read(source(), raw, origin);
    }
    return EventParts.oneFinding(event, "a Security Hub event")
        .orElseGet(
            () ->
                new AsffFinding(
                        Fields.of(event.path("detail").path("findings").path(0)),
                        event.path("time"))
                    .read(source(), raw, origin));
  }
}
