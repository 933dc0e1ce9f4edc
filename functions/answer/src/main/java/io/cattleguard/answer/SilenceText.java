package io.cattleguard.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.silence.RecentProblems.Recent;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.HostileText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A silence and what it hides, as a line and as JSON. */
public final class SilenceText {
  private static final int PATTERN = 300;
  private static final int FIELD = 120;

  private SilenceText() {}

  public static String line(Silence silence, Instant now) {
    return silence.id()
        + "  "
        + (silence.isActive(now) ? "until " : "ended ")
        + silence.until().truncatedTo(ChronoUnit.SECONDS)
        + ", up to "
        + silence.upTo().jsonName()
        + (silence.responders() ? ", from people AND responders" : ", from people")
        + ", by "
        + silence.by()
        + ": "
        + silence.reason()
        + "  "
        + HostileText.visible(silence.match(), PATTERN);
  }

  public static String line(Recent recent) {
    JsonNode alert = recent.event().path("alert");
    return recent.fingerprint()
        + "  "
        + recent.severity().jsonName()
        + "  "
        + HostileText.visible(place(recent), FIELD)
        + "  "
        + HostileText.visible(alert.path("rule").asText("(no rule name)"), FIELD)
        + ", last "
        + recent.at().truncatedTo(ChronoUnit.SECONDS);
  }

  public static ObjectNode json(Recent recent) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("hides", true);
    out.put("fingerprint", recent.fingerprint()).put("at", recent.at().toString());
    out.put("severity", recent.severity().jsonName());
    out.put("rule", recent.event().path("alert").path("rule").asText());
    return out.put("target", place(recent));
  }

  private static String place(Recent recent) {
    try {
      ObjectNode alert = recent.event().withObject("/alert").deepCopy();
      return TargetWords.of(AlertJson.readAlert(alert.put("raw", "")).target());
    } catch (ContractViolation e) {
      return "unknown";
    }
  }
}
