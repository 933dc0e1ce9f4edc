package io.cattleguard.sources.kubescape;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Severities;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An alert as the agent posts it to Alertmanager: labels, whose values are all texts, and
 * annotations.
 */
record LabelledAlert(Fields event, Fields labels) implements KubescapeAlert {
  private static final String MALWARE = "R3000";

  /** The highest user id. The agent has written memory addresses as user ids. */
  private static final long HIGHEST_USER = 4_294_967_294L;

  @Override
  public String identity() {
    return "";
  }

  private boolean isMalware() {
    return labels.word("alertname").equals("KubescapeMalwareDetected");
  }

  @Override
  public @Nullable String rule() {
    String alert = labels.text("alertname");
    return isMalware()
        ? or(labels.text("malware_name"), alert)
        : or(labels.text("rule_name"), alert);
  }

  @Override
  public @Nullable String ruleId() {
    return isMalware() ? MALWARE : labels.text("rule_id");
  }

  /** A word; newer versions write a number from 1 to 10. */
  @Override
  public @Nullable Severity severity() {
    return Severities.ofTenOrNamed(labels, "severity");
  }

  @Override
  public @Nullable String title() {
    Fields annotations = event.object("annotations");
    return or(annotations.text("message"), annotations.text("title"));
  }

  @Override
  public List<Trait> traits() {
    return List.of();
  }

  @Override
  public Target.Builder target() {
    return Target.builder()
        .node(labels.text("node_name"))
        .namespace(labels.text("namespace"))
        .pod(labels.text("pod_name"))
        .podUid(labels.text("pod_uid"))
        .containerId(labels.text("container_id"))
        .containerName(labels.text("container_name"))
        .image(labels.text("container_image"));
  }

  @Override
  public ObservedProcess process() {
    return new ObservedProcess(null, labels.text("comm"), null, labels.text("pcomm"), user(labels));
  }

  /** The user's number, if it can be one. */
  static @Nullable String user(Fields fields) {
    Long number = fields.number("uid");
    return number == null || number < 0 || number > HIGHEST_USER ? null : number.toString();
  }

  @Override
  public ObservedConnection network() {
    return ObservedConnection.UNKNOWN;
  }

  @Override
  public @Nullable String file() {
    return null;
  }

  @Override
  public @Nullable Instant observedAt() {
    return event.time("startsAt");
  }
}
