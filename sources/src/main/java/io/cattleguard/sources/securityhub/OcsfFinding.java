package io.cattleguard.sources.securityhub;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A finding in OCSF, category Findings.
 *
 * @see <a href="https://schema.ocsf.io/1.6.0/categories/findings">OCSF Findings</a>
 */
final class OcsfFinding {
  private static final int VULNERABILITY = 2002;
  private static final int DETECTION = 2004;

  private final JsonNode finding;
  private final JsonNode delivered;
  private final List<String> notes = new ArrayList<>(0);

  /** Reads a finding that the envelope says was delivered then. */
  OcsfFinding(JsonNode finding, JsonNode delivered) {
    this.finding = finding;
    this.delivered = delivered;
  }

  Reading read(String source, String raw, Origin origin) {
    Optional<String> settled = settled();
    if (settled.isPresent()) {
      return new Reading.Ignored("a Security Hub finding that is " + settled.get());
    }
    JsonNode info = finding.path("finding_info");
    String uid = text(info.get("uid"), "finding_info.uid", notes);
    if (uid == null) {
      return new Reading.Unreadable("a Security Hub finding without finding_info.uid");
    }
    AlertClass alertClass =
        switch (finding.path("class_uid").asInt()) {
          case DETECTION -> AlertClass.RUNTIME;
          case VULNERABILITY -> AlertClass.VULNERABILITY;
          default -> AlertClass.CONFIGURATION;
        };
    Severity severity = severity();
    Behaviour attacks = attacks(info.path("attacks"));
    String title = text(info.get("title"), "finding_info.title", notes);
    JsonNode account = finding.path("cloud").path("account");
    return new Reading.Read(
        new Alert(
            EventId.of(source, origin.cluster(), uid + "/" + finding.path("time").asText("")),
            alertClass,
            source,
            or(control(), or(cve(), or(type(info), title))),
            severity,
            attacks.tactics(),
            attacks.techniques(),
            Threats.traits(alertClass, severity, isSample(title)),
            target()
                .cluster(origin.cluster())
                .account(text(account.get("uid"), "cloud.account.uid", notes))
                .region(text(finding.path("cloud").get("region"), "cloud.region", notes))
                .build(),
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            observedAt(),
            1,
            notes,
            raw,
            title));
  }

  /**
   * Why the finding needs no work, such as a passed check.
   *
   * @see <a href="https://schema.ocsf.io/1.6.0/classes/compliance_finding">status_id</a>
   */
  private Optional<String> settled() {
    if (finding.path("compliance").path("status_id").asInt() == 1) {
      return Optional.of("passed");
    }
    if (finding.path("activity_id").asInt() == 3) {
      return Optional.of("closed");
    }
    return switch (finding.path("status_id").asInt()) {
      case 3 -> Optional.of("suppressed");
      case 4 -> Optional.of("resolved");
      case 5 -> Optional.of("archived");
      default -> Optional.empty();
    };
  }

  private @Nullable Severity severity() {
    int id = finding.path("severity_id").asInt();
    for (Severity severity : Severity.values()) {
      if (severity.ocsfId() == id) {
        return severity;
      }
    }
    notes.add("severity_id: " + FieldValue.shown(finding.path("severity_id")) + " is unknown");
    return null;
  }

  private static Behaviour attacks(JsonNode attacks) {
    List<String> names = new ArrayList<>();
    for (JsonNode attack : attacks) {
      names.add(attack.path("tactic").path("uid").asText(""));
      names.add(attack.path("technique").path("uid").asText(""));
      names.add(attack.path("sub_technique").path("uid").asText(""));
    }
    return Behaviour.ofNames(names);
  }

  private @Nullable String control() {
    return text(finding.path("compliance").get("control"), "compliance.control", notes);
  }

  private @Nullable String cve() {
    return text(
        finding.path("vulnerabilities").path(0).path("cve").get("uid"),
        "vulnerabilities.cve.uid",
        notes);
  }

  private @Nullable String type(JsonNode info) {
    JsonNode types = info.path("types");
    return types.size() == 1 ? text(types.get(0), "finding_info.types", notes) : null;
  }

  private static boolean isSample(@Nullable String title) {
    return title != null && title.startsWith("[SAMPLE]");
  }

  private Target.Builder target() {
    Target.Builder target = Target.builder();
    boolean instance = false;
    boolean other = false;
    for (JsonNode resource : finding.path("resources")) {
      String uid = text(resource.get("uid"), "resources.uid", notes);
      if (uid == null) {
        continue;
      }
      boolean isInstance = uid.contains(":instance/i-");
      if (isInstance && !instance) {
        instance = true;
        target.instance(uid.substring(uid.lastIndexOf('/') + 1));
      } else if (!isInstance && !other) {
        other = true;
        target.resource(uid);
      }
    }
    return target;
  }

  private @Nullable Instant observedAt() {
    Long time = FieldValue.number(finding.path("time"));
    return time == null ? EventTime.rfc3339(delivered.asText("")) : Instant.ofEpochMilli(time);
  }
}
