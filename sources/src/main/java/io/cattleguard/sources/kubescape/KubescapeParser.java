package io.cattleguard.sources.kubescape;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.EventParts;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the runtime alerts of Kubescape's node agent: its posts to Alertmanager, its posts to an
 * HTTP endpoint, and its log.
 *
 * @see <a href="https://kubescape.io/docs/operator/runtime-threat-detection/">Runtime threat
 *     detection</a>
 */
public final class KubescapeParser implements AlertParser {
  private static final String LIMIT = "AlertLimitReached";
  private static final BehaviourTable RULES = BehaviourTable.of(KubescapeParser.class, "rules.txt");

  @Override
  public String source() {
    return "kubescape";
  }

  @Override
  public boolean recognises(JsonNode event) {
    return isLabels(event)
        || isLabels(event.path("labels"))
        || isPost(event)
        || event.has("BaseRuntimeMetadata")
        || (event.has("alertName") && event.has("ruleID"));
  }

  private static boolean isLabels(JsonNode labels) {
    return labels.path("alertname").asText("").startsWith("Kubescape")
        || (labels.has("rule_id") && labels.has("rule_name"));
  }

  private static boolean isPost(JsonNode event) {
    return event.path("kind").asText("").equals("RuntimeAlerts")
        && event.path("apiVersion").asText("").startsWith("kubescape.io/");
  }

  /** A post of the agent has many alerts when it sends them in bulk. */
  @Override
  public List<JsonNode> parts(JsonNode event) {
    return isPost(event) ? EventParts.of(event, "spec", "alerts") : List.of();
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    Fields fields = Fields.of(event);
    KubescapeAlert alert = alert(event, fields);
    if (alert == null) {
      int alerts = event.path("spec").path("alerts").size();
      return alerts == 0 && event.path("spec").path("alerts").isArray()
          ? new Reading.Ignored("a post of Kubescape without an alert")
          : new Reading.Unreadable("a post of Kubescape without a readable alert");
    }
    String rule = alert.rule();
    if (LIMIT.equals(rule)) {
      return new AlertDraft(source(), origin, raw, fields.notes())
          .alertClass(AlertClass.HEALTH)
          .rule("Kubescape internal: " + LIMIT)
          .severity(Severity.MEDIUM)
          .target(alert.target())
          .observedAt(alert.observedAt())
          .title("Kubescape held back alerts")
          .read();
    }
    Behaviour known = RULES.of(alert.ruleId());
    boolean audit = known.words().contains(AlertClass.AUDIT.jsonName());
    return new AlertDraft(source(), origin, raw, fields.notes())
        .identity(alert.identity())
        .alertClass(audit ? AlertClass.AUDIT : AlertClass.RUNTIME)
        .rule(rule)
        .severity(alert.severity())
        .behaviour(known)
        .traits(known.traits())
        .traits(alert.traits())
        .target(alert.target())
        .process(alert.process())
        .network(alert.network())
        .file(alert.file())
        .observedAt(alert.observedAt())
        .title(alert.title())
        .read();
  }

  private static @Nullable KubescapeAlert alert(JsonNode event, Fields fields) {
    if (isLabels(event)) {
      return new LabelledAlert(fields, fields);
    }
    if (isLabels(event.path("labels"))) {
      return new LabelledAlert(fields, fields.object("labels"));
    }
    if (event.has("BaseRuntimeMetadata")) {
      return new DetailedAlert(
          fields,
          fields.object("BaseRuntimeMetadata"),
          fields.object("RuntimeK8sDetails"),
          fields.object("RuntimeProcessDetails"));
    }
    if (!isPost(event)) {
      return new DetailedAlert(fields, fields, fields, fields);
    }
    List<Fields> alerts = fields.object("spec").objects("alerts");
    return alerts.size() == 1
        ? new DetailedAlert(
            alerts.getFirst(),
            alerts.getFirst(),
            alerts.getFirst(),
            fields.object("spec").object("processTree"))
        : null;
  }
}
