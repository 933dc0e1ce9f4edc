package io.cattleguard.sources.falco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads Falco's alerts: {@code json_output} of every version, its gRPC form, and falcosidekick's
 * copy.
 *
 * @see <a href="https://falco.org/docs/concepts/outputs/formatting/">Falco output formatting</a>
 */
public final class FalcoParser implements AlertParser {
  private static final BehaviourTable RULES = BehaviourTable.of(FalcoParser.class, "rules.txt");
  private static final String INTERNAL_RULE = "falco internal: ";

  @Override
  public String source() {
    return "falco";
  }

  /** Recognises {@code output_fields}, which only Falco uses, or a combination of keys. */
  @Override
  public boolean recognises(JsonNode event) {
    return FalcoTopLevel.of(event).isFalco();
  }

  @Override
  public Optional<Reading> readTokens(JsonParser tokens, byte[] text, String raw, Origin origin)
      throws IOException {
    List<String> notes = new ArrayList<>(0);
    FalcoFields fields = new FalcoFields(notes);
    FalcoTopLevel top = new FalcoTopLevel();
    FalcoTokens event = new FalcoTokens(tokens, text, top, fields);
    return event.areOrdinary() && notes.isEmpty()
        ? Optional.of(
            reading(
                top,
                fields,
                notes,
                raw,
                EventId.of(source(), origin.cluster(), text, event.isCompact()),
                origin))
        : Optional.empty();
  }

  @Override
  public List<Activity> activities(JsonNode event, Origin origin) {
    return read(event, "", origin) instanceof Reading.Read read
            && read.alert().alertClass() == AlertClass.RUNTIME
            && read.alert().isReal()
        ? FalcoActivity.of(
            read.alert(),
            Objects.requireNonNullElse(
                FalcoTopLevel.of(event).outputFields(), MissingNode.getInstance()))
        : List.of();
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    return reading(
        FalcoTopLevel.of(event),
        new FalcoFields(notes),
        notes,
        raw,
        EventId.of(source(), origin.cluster(), raw),
        origin);
  }

  private Reading reading(
      FalcoTopLevel top,
      FalcoFields fields,
      List<String> notes,
      String raw,
      String id,
      Origin origin) {
    String rule = FieldValue.text(top.rule(), "rule", notes);
    if (rule == null && notes.isEmpty()) {
      notes.add("rule: missing");
    }
    String engineSource = FieldValue.text(top.source(), "source", notes);
    if (isInternal(rule, engineSource) && isMetricsSnapshot(rule)) {
      return new Reading.Ignored(
          "Falco's metrics snapshot: counters of Falco itself, not an alert");
    }
    fields.readAll(top.outputFields());
    String node = FieldValue.text(top.hostname(), "hostname", notes);
    Behaviour behaviour = AttackTags.of(top.tags(), notes).behaviour().and(RULES.of(rule));
    AlertClass alertClass = classOf(rule, engineSource, fields);
    List<Trait> traits = Behaviour.joined(fields.traits(), behaviour.traits());
    if (isTest(rule, engineSource)) {
      traits = Behaviour.joined(traits, List.of(Trait.SAMPLE));
    }
    return new Reading.Read(
        new Alert(
            id,
            alertClass,
            source(),
            rule,
            severity(top.priority(), notes),
            behaviour.tactics(),
            behaviour.techniques(),
            traits,
            // A plugin's host is the one that reads the log.
            fields.target(origin.cluster(), alertClass == AlertClass.AUDIT ? null : node),
            fields.process(),
            fields.network(),
            fields.file(),
            fields.observedAt(top.time()),
            1,
            notes,
            raw));
  }

  private static boolean isInternal(@Nullable String rule, @Nullable String engineSource) {
    return (engineSource != null
            && engineSource.equalsIgnoreCase("internal")
            && !isTest(rule, engineSource))
        || (rule != null && rule.regionMatches(true, 0, INTERNAL_RULE, 0, INTERNAL_RULE.length()));
  }

  /** Whether it is the event that falcosidekick generates to test its outputs. */
  private static boolean isTest(@Nullable String rule, @Nullable String engineSource) {
    return rule != null
        && rule.equalsIgnoreCase("test rule")
        && engineSource != null
        && engineSource.equalsIgnoreCase("internal");
  }

  private static boolean isMetricsSnapshot(@Nullable String rule) {
    return rule != null && rule.toLowerCase(Locale.ROOT).contains("metrics snapshot");
  }

  /** Events of Falco's syscall engine are of class runtime; its plugins read audit logs. */
  private static AlertClass classOf(
      @Nullable String rule, @Nullable String engineSource, FalcoFields fields) {
    if (isInternal(rule, engineSource)) {
      return AlertClass.HEALTH;
    }
    if (engineSource == null) {
      return fields.isAudit() ? AlertClass.AUDIT : AlertClass.RUNTIME;
    }
    return engineSource.equalsIgnoreCase("syscall")
            || engineSource.equalsIgnoreCase("syscalls")
            || isTest(rule, engineSource)
        ? AlertClass.RUNTIME
        : AlertClass.AUDIT;
  }

  /**
   * Maps a priority as Falco's documentation does; numbers are the gRPC enumeration, 0 emergency to
   * 7 debug.
   */
  private static @Nullable Severity severity(@Nullable JsonNode priority, List<String> notes) {
    if (priority == null || priority.isNull()) {
      notes.add("priority: missing");
      return null;
    }
    Severity severity =
        priority.isTextual()
            ? severity(priority.textValue())
            : priority.isInt() ? severity(priority.intValue()) : null;
    if (severity == null) {
      notes.add("priority: " + FieldValue.shown(priority) + " is not a Falco priority");
    }
    return severity;
  }

  private static @Nullable Severity severity(String priority) {
    return switch (priority) {
      case "Emergency", "Alert" -> Severity.FATAL;
      case "Critical" -> Severity.CRITICAL;
      case "Error" -> Severity.HIGH;
      case "Warning" -> Severity.MEDIUM;
      case "Notice" -> Severity.LOW;
      case "Informational", "Info", "Debug" -> Severity.INFORMATIONAL;
      default -> severityInAnyCase(priority);
    };
  }

  private static @Nullable Severity severityInAnyCase(String priority) {
    return switch (priority.strip().toLowerCase(Locale.ROOT)) {
      case "emergency", "alert" -> Severity.FATAL;
      case "critical" -> Severity.CRITICAL;
      case "error" -> Severity.HIGH;
      case "warning" -> Severity.MEDIUM;
      case "notice" -> Severity.LOW;
      case "informational", "info", "debug" -> Severity.INFORMATIONAL;
      default -> null;
    };
  }

  private static @Nullable Severity severity(int priority) {
    return switch (priority) {
      case 0, 1 -> Severity.FATAL;
      case 2 -> Severity.CRITICAL;
      case 3 -> Severity.HIGH;
      case 4 -> Severity.MEDIUM;
      case 5 -> Severity.LOW;
      case 6, 7 -> Severity.INFORMATIONAL;
      default -> null;
    };
  }
}
