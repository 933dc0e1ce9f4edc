package io.cattleguard.route.digest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A finding that waits for its digest.
 *
 * @param key the problem and its object
 * @param control the failed control
 * @param place the object
 * @param code the location of its code, or empty
 */
record Finding(String key, String control, Severity severity, String place, String code) {
  private static final int TEXT = 200;

  static Finding of(ScoredAlert scored, List<String> codeTags) {
    Alert alert = scored.alert();
    Severity severity = alert.severity();
    String title = alert.title();
    String rule = alert.rule() == null ? alert.source() : alert.rule();
    return new Finding(
        scored.accepted().fingerprint()
            + "/"
            + Integer.toHexString(place(alert.target()).hashCode()),
        HostileText.visible(title == null || title.equals(rule) ? rule : rule + ": " + title, TEXT),
        severity == null ? Severity.MEDIUM : severity,
        HostileText.visible(place(alert.target()), TEXT),
        HostileText.visible(code(ResourceTags.of(alert.raw()), codeTags), TEXT));
  }

  private static String code(Map<String, String> tags, List<String> codeTags) {
    List<String> parts = new ArrayList<>();
    for (String tag : codeTags) {
      String value = tags.get(tag);
      if (value != null) {
        parts.add(value);
      }
    }
    return String.join(" ", parts);
  }

  private static String place(Target target) {
    for (String name :
        new String[] {
          target.resource(),
          target.instance(),
          target.securityGroup(),
          target.principal(),
          target.workload(),
          target.pod(),
          target.image(),
          target.node(),
          target.account()
        }) {
      if (name != null) {
        return target.namespace() == null ? name : target.namespace() + "/" + name;
      }
    }
    return "unknown";
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("key", key)
        .put("control", control)
        .put("severity", severity.jsonName())
        .put("place", place)
        .put("code", code);
  }

  static Finding read(JsonNode in) {
    return new Finding(
        in.path("key").asText(),
        in.path("control").asText(),
        Severity.named(in.path("severity").asText()).orElse(Severity.MEDIUM),
        in.path("place").asText(),
        in.path("code").asText());
  }
}
