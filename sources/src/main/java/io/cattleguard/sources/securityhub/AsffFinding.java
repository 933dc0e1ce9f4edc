package io.cattleguard.sources.securityhub;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.FindingTypes;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.parsing.Threats;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A finding in the AWS Security Finding Format.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html">ASFF</a>
 */
final class AsffFinding {
  private final Fields finding;
  private final JsonNode delivered;

  /** Reads a finding that the envelope says was delivered then. */
  AsffFinding(Fields finding, JsonNode delivered) {
    this.finding = finding;
    this.delivered = delivered;
  }

  Reading read(String source, String raw, Origin origin) {
    Optional<String> settled = settled();
    if (settled.isPresent()) {
      return new Reading.Ignored("a Security Hub finding that is " + settled.get());
    }
    String id = finding.text("Id");
    if (id == null) {
      return new Reading.Unreadable("a Security Hub finding without an Id");
    }
    String type = type();
    AlertClass alertClass = alertClass(type);
    Severity severity = severity();
    String rule = rule(type, alertClass);
    Behaviour known = alertClass == AlertClass.RUNTIME ? FindingTypes.of(rule) : Behaviour.NONE;
    AsffActivity activity = new AsffActivity(finding);
    return new AlertDraft(source, origin, raw, finding.notes())
        .identity(id + "/" + finding.word("UpdatedAt"))
        .alertClass(alertClass)
        .rule(rule)
        .severity(severity)
        .behaviour(tactics(type))
        .behaviour(known)
        .traits(known.traits())
        .traits(Threats.traits(alertClass, severity, isSample()))
        .target(
            new AsffResources(finding.value("Resources"), finding.notes())
                .target()
                .account(finding.id("AwsAccountId"))
                .region(finding.text("Region")))
        .process(activity.process())
        .network(activity.network())
        .file(activity.file())
        .observedAt(observedAt())
        .title(finding.text("Title"))
        .read();
  }

  /** Why the finding needs no work, such as a passed check. */
  private Optional<String> settled() {
    String workflow =
        finding.value("Workflow").path("Status").asText(finding.word("WorkflowState"));
    String compliance = finding.value("Compliance").path("Status").asText("");
    // What Cattleguard imported comes back as an event, and must not become an alert again.
    String generator = finding.text("GeneratorId");
    String product = finding.text("ProductArn");
    if (generator != null
        && generator.startsWith("cattleguard/")
        && product != null
        && product.endsWith("/default")) {
      return Optional.of("Cattleguard's own");
    }
    if (finding.word("RecordState").equals("ARCHIVED")) {
      return Optional.of("archived");
    }
    return switch (workflow) {
      case "RESOLVED", "SUPPRESSED", "NOTIFIED" -> Optional.of(workflow.toLowerCase(Locale.ROOT));
      default ->
          switch (compliance) {
            case "PASSED", "NOT_AVAILABLE" ->
                Optional.of(compliance.toLowerCase(Locale.ROOT).replace('_', ' '));
            default -> Optional.empty();
          };
    };
  }

  /** The first type that reports a threat, else the first one. */
  private String type() {
    for (JsonNode type : finding.value("Types")) {
      if (isThreat(type.asText(""))) {
        return type.asText("");
      }
    }
    return finding.value("Types").path(0).asText("");
  }

  private static boolean isThreat(String type) {
    return type.startsWith("TTPs")
        || type.startsWith("Effects")
        || type.startsWith("Unusual Behaviors");
  }

  /** The class by the namespace of the type, {@code TTPs/Impact/…}. */
  private AlertClass alertClass(String type) {
    if (type.contains("/Vulnerabilities") || finding.value("Vulnerabilities").size() > 0) {
      return AlertClass.VULNERABILITY;
    }
    return isThreat(type) && finding.value("Compliance").isMissingNode()
        ? AlertClass.RUNTIME
        : AlertClass.CONFIGURATION;
  }

  private static Behaviour tactics(String type) {
    String[] parts = type.split("/", 3);
    return parts.length < 2 ? Behaviour.NONE : Behaviour.ofNames(List.of(parts[1]));
  }

  /**
   * The control, the vulnerability or the threat that it is about, else what generated it.
   *
   * <p>The title of a vulnerability names the CVE, where no field does.
   */
  private @Nullable String rule(String type, AlertClass alertClass) {
    String control = finding.object("Compliance").text("SecurityControlId");
    String[] parts = type.split("/", 3);
    String named =
        switch (alertClass) {
          case RUNTIME -> parts.length < 3 ? null : slashed(parts[2]);
          case VULNERABILITY -> or(vulnerability(), finding.text("Title"));
          case AUDIT, CONFIGURATION, HEALTH -> null;
        };
    String generator = finding.text("GeneratorId");
    return or(control, or(named, or(generator, type.isEmpty() ? null : type)));
  }

  private @Nullable String vulnerability() {
    List<Fields> all = finding.objects("Vulnerabilities");
    return all.isEmpty() ? null : all.getFirst().text("Id");
  }

  /** GuardDuty's type, whose slash ASFF replaces: {@code Purpose:Resource-Family}. */
  private static String slashed(String name) {
    int colon = name.indexOf(':');
    int dash = colon < 0 ? -1 : name.indexOf('-', colon);
    return dash < 0 ? name : name.substring(0, dash) + "/" + name.substring(dash + 1);
  }

  private @Nullable Severity severity() {
    JsonNode severity = finding.value("Severity");
    String label = severity.path("Label").asText("");
    Optional<Severity> named = Severity.named(label.toLowerCase(Locale.ROOT));
    if (named.isPresent()) {
      return named.get();
    }
    Long normalized =
        severity.has("Normalized") ? FieldValue.number(severity.path("Normalized")) : null;
    if (normalized == null) {
      finding.note("Severity", "neither a Label nor a Normalized number");
      return null;
    }
    if (normalized >= 90) {
      return Severity.CRITICAL;
    }
    if (normalized >= 70) {
      return Severity.HIGH;
    }
    if (normalized >= 40) {
      return Severity.MEDIUM;
    }
    return normalized >= 1 ? Severity.LOW : Severity.INFORMATIONAL;
  }

  private boolean isSample() {
    JsonNode fields = finding.value("ProductFields");
    return finding.value("Sample").asBoolean(false)
        || fields.path("aws/guardduty/service/additionalInfo/sample").asText("").equals("true")
        || finding.word("Title").startsWith("[SAMPLE]");
  }

  private @Nullable Instant observedAt() {
    for (String key : List.of("LastObservedAt", "UpdatedAt", "CreatedAt")) {
      Instant read = EventTime.rfc3339(finding.word(key));
      if (read != null) {
        return read;
      }
    }
    return EventTime.rfc3339(delivered.asText(""));
  }
}
