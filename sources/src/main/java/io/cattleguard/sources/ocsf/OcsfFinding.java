package io.cattleguard.sources.ocsf;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
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
  /** The class of all findings before OCSF 1.1, which falcosidekick still writes. */
  private static final int ANY = 2001;

  private static final int VULNERABILITY = 2002;
  private static final int DETECTION = 2004;
  private static final int INCIDENT = 2005;

  /** Seconds since 1970 are below it for thousands of years, milliseconds above since 1973. */
  private static final long FIRST_MILLISECOND = 100_000_000_000L;

  private final Fields finding;
  private final Fields info;
  private final JsonNode delivered;

  /** Reads a finding that the envelope says was delivered then. */
  OcsfFinding(Fields finding, JsonNode delivered) {
    this.finding = finding;
    this.info = finding.object("finding_info");
    this.delivered = delivered;
  }

  Reading read(String source, String name, String raw, Origin origin) {
    Optional<String> settled = settled();
    if (settled.isPresent()) {
      return new Reading.Ignored(name + " that is " + settled.get());
    }
    String uid = or(info.text("uid"), finding.object("finding").text("uid"));
    if (uid == null) {
      return new Reading.Unreadable(name + " without finding_info.uid");
    }
    AlertClass alertClass = alertClass();
    Severity severity = severity();
    String title = or(info.text("title"), finding.object("finding").text("title"));
    OcsfEvidence evidence = new OcsfEvidence(finding);
    String rule = rule(title);
    Behaviour known = alertClass == AlertClass.RUNTIME ? FindingTypes.of(rule) : Behaviour.NONE;
    return new AlertDraft(source, origin, raw, finding.notes())
        .identity(uid + "/" + finding.word("time"))
        .alertClass(alertClass)
        .rule(rule)
        .severity(severity)
        .behaviour(attacks())
        .behaviour(known)
        .traits(known.traits())
        .traits(Threats.traits(alertClass, severity, isSample(title)))
        .trait(Trait.BLOCKED, isBlocked())
        .target(OcsfResources.target(finding, evidence))
        .process(evidence.process())
        .network(evidence.network())
        .file(evidence.file())
        .observedAt(observedAt())
        .title(title)
        .read();
  }

  /** The result of a check, such as Prowler's: {@code PASS}, {@code FAIL} or {@code MANUAL}. */
  private boolean isCheck() {
    return switch (finding.word("status_code")) {
      case "PASS", "FAIL", "MANUAL" -> true;
      default -> false;
    };
  }

  private AlertClass alertClass() {
    if (isCheck()) {
      return AlertClass.CONFIGURATION;
    }
    return switch (number("class_uid")) {
      case DETECTION, INCIDENT -> AlertClass.RUNTIME;
      case ANY -> classOfAny();
      case VULNERABILITY -> AlertClass.VULNERABILITY;
      default -> AlertClass.CONFIGURATION;
    };
  }

  /** The kind of a finding whose class is not known, from its other fields. */
  private AlertClass classOfAny() {
    if (!finding.objects("vulnerabilities").isEmpty()) {
      return AlertClass.VULNERABILITY;
    }
    boolean isCheck = !finding.object("compliance").isEmpty();
    for (String type : types()) {
      isCheck |= type.startsWith("Software and Configuration Checks");
    }
    return isCheck ? AlertClass.CONFIGURATION : AlertClass.RUNTIME;
  }

  private List<String> types() {
    List<String> types = info.texts("types");
    return types.isEmpty() ? finding.object("finding").texts("types") : types;
  }

  private int number(String key) {
    Long number = FieldValue.number(finding.value(key));
    return number == null || number != number.intValue() ? 0 : number.intValue();
  }

  /**
   * Why the finding needs no work, such as a passed check.
   *
   * @see <a href="https://schema.ocsf.io/1.6.0/classes/compliance_finding">status_id</a>
   */
  private Optional<String> settled() {
    Long compliance = FieldValue.number(finding.object("compliance").value("status_id"));
    if (finding.word("status_code").equals("PASS") || (compliance != null && compliance == 1)) {
      return Optional.of("passed");
    }
    if (finding.word("status_code").equals("MANUAL")) {
      return Optional.of("to be checked by hand");
    }
    if (number("activity_id") == 3) {
      return Optional.of("closed");
    }
    return switch (number("status_id")) {
      case 3 -> Optional.of("suppressed");
      case 4 -> Optional.of("resolved");
      case 5 -> Optional.of("archived");
      default -> Optional.empty();
    };
  }

  /** Whether the product stopped it: its action is denied, or its disposition blocked. */
  private boolean isBlocked() {
    return number("action_id") == 2 || number("disposition_id") == 2;
  }

  private @Nullable Severity severity() {
    int id = number("severity_id");
    for (Severity severity : Severity.values()) {
      if (severity.ocsfId() == id) {
        return severity;
      }
    }
    finding.note("severity_id", FieldValue.shown(finding.value("severity_id")) + " is unknown");
    return null;
  }

  /** Techniques of the finding; older versions have them beside {@code finding_info}. */
  private Behaviour attacks() {
    List<String> names = new ArrayList<>();
    List<Fields> attacks = new ArrayList<>(info.objects("attacks"));
    attacks.addAll(finding.objects("attacks"));
    for (Fields attack : attacks) {
      names.add(attack.object("tactic").word("uid"));
      attack.objects("tactics").forEach(tactic -> names.add(tactic.word("uid")));
      names.add(attack.object("technique").word("uid"));
      names.add(attack.object("sub_technique").word("uid"));
    }
    return Behaviour.ofNames(names);
  }

  /** The control, the vulnerability, the check or the type, else the title. */
  private @Nullable String rule(@Nullable String title) {
    String control = finding.object("compliance").text("control");
    String check = isCheck() ? finding.object("metadata").text("event_code") : null;
    // The type of an older finding is a word such as "syscall", and its rule is its title.
    String type = number("class_uid") == ANY ? null : type();
    return or(control, or(cve(), or(check, or(type, title))));
  }

  private @Nullable String cve() {
    List<Fields> vulnerabilities = finding.objects("vulnerabilities");
    return vulnerabilities.isEmpty() ? null : vulnerabilities.getFirst().object("cve").text("uid");
  }

  private @Nullable String type() {
    List<String> types = info.texts("types");
    return types.size() == 1 ? types.getFirst() : null;
  }

  private static boolean isSample(@Nullable String title) {
    return title != null && title.startsWith("[SAMPLE]");
  }

  /** The time in milliseconds; Prowler writes seconds. */
  private @Nullable Instant observedAt() {
    Long time = FieldValue.number(finding.value("time"));
    boolean seconds = time != null && time < FIRST_MILLISECOND;
    Instant read = EventTime.rfc3339(finding.word("time_dt"));
    if (read == null) {
      read = finding.epoch("time", seconds ? 1 : 1_000);
    }
    return read == null ? EventTime.rfc3339(delivered.asText("")) : read;
  }
}
