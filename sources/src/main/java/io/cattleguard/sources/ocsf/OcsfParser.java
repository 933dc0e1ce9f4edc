package io.cattleguard.sources.ocsf;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.EventParts;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;
import java.util.Set;

/**
 * Reads OCSF findings: those of Security Hub's second version as EventBridge delivers them,
 * Prowler's, and any other product's.
 *
 * @see <a href="https://schema.ocsf.io/1.6.0/categories/findings">OCSF Findings</a>
 */
public final class OcsfParser implements AlertParser {
  private static final String CLASS = "class_uid";
  private static final String HUB = "securityhub";
  private static final String PROWLER = "prowler";

  /** The category of findings; a class's number begins with it. */
  private static final int FINDINGS = 2;

  @Override
  public String source() {
    return "ocsf";
  }

  @Override
  public Set<String> names() {
    return Set.of(source(), PROWLER, HUB);
  }

  @Override
  public boolean recognises(JsonNode event) {
    return event.has(CLASS) || isHub(event);
  }

  /** An event of Security Hub whose findings are in OCSF. */
  private static boolean isHub(JsonNode event) {
    return event.path("source").asText("").equals("aws.securityhub")
        && (event.path("detail-type").asText("").equals("Findings Imported V2")
            || event.path("detail").path("findings").path(0).has(CLASS));
  }

  @Override
  public List<JsonNode> parts(JsonNode event) {
    return isHub(event) ? EventParts.ofFindings(event) : List.of();
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    if (!isHub(event)) {
      int type = event.path(CLASS).asInt();
      return type / 1_000 == FINDINGS
          ? new OcsfFinding(Fields.of(event), event.path("none"))
              .read(sourceOf(event), "an OCSF finding", raw, origin)
          : new Reading.Ignored("an OCSF event of class " + type + ": not a finding");
    }
    return EventParts.oneFinding(event, "a Security Hub event")
        .orElseGet(
            () ->
                new OcsfFinding(
                        Fields.of(event.path("detail").path("findings").path(0)),
                        event.path("time"))
                    .read(HUB, "a Security Hub finding", raw, origin));
  }

  /** The product that wrote the finding, if it is one that policies know by name. */
  private String sourceOf(JsonNode event) {
    String product = event.path("metadata").path("product").path("name").asText("");
    return switch (product) {
      case "Prowler" -> PROWLER;
      case "Security Hub" -> HUB;
      default -> source();
    };
  }
}
