package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Falco's alerts: {@code json_output} of every version, its gRPC form, and falcosidekick's
 * copy.
 *
 * @see <a href="https://falco.org/docs/concepts/outputs/formatting/">Falco output formatting</a>
 */
public final class FalcoParser implements AlertParser {
  private static final String INTERNAL_RULE = "falco internal: ";

  @Override
  public String source() {
    return "falco";
  }

  /** Two of the four keys that no other engine combines, or a rule with a time. */
  @Override
  public boolean recognises(JsonNode event) {
    int seen = 0;
    boolean rule = false;
    boolean time = false;
    for (Map.Entry<String, JsonNode> field : event.properties()) {
      switch (canonicalKey(field.getKey())) {
        case "rule" -> {
          seen++;
          rule = true;
        }
        case "priority", "output", "output_fields" -> seen++;
        case "time" -> time = true;
        default -> {
          // some other key
        }
      }
    }
    return seen >= 2 || (rule && time);
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    TopLevel top = TopLevel.of(event);
    String rule = FalcoFields.text(top.rule, "rule", notes);
    if (rule == null && notes.isEmpty()) {
      notes.add("rule: missing");
    }
    String engineSource = FalcoFields.text(top.source, "source", notes);
    if (isInternal(rule, engineSource) && isMetricsSnapshot(rule)) {
      return new Reading.Ignored("Falco's metrics snapshot: figures about Falco itself, no alert");
    }
    FalcoFields fields = new FalcoFields(notes);
    fields.readAll(top.outputFields);
    String node = FalcoFields.text(top.hostname, "hostname", notes);
    AttackTags attack = AttackTags.of(top.tags, notes);
    return new Reading.Read(
        new Alert(
            EventId.of(source(), origin.cluster(), raw),
            classOf(rule, engineSource, fields),
            source(),
            rule,
            severity(top.priority, notes),
            attack.tactics(),
            attack.techniques(),
            fields.traits(),
            fields.target(origin.cluster(), node),
            fields.process(),
            fields.network(),
            fields.file(),
            FalcoTime.of(top.time, fields.eventTime(), notes),
            1,
            notes,
            raw));
  }

  private static boolean isInternal(@Nullable String rule, @Nullable String engineSource) {
    return "internal".equals(engineSource)
        || (rule != null && rule.regionMatches(true, 0, INTERNAL_RULE, 0, INTERNAL_RULE.length()));
  }

  private static boolean isMetricsSnapshot(@Nullable String rule) {
    return rule != null && rule.toLowerCase(Locale.ROOT).contains("metrics snapshot");
  }

  /** Falco's syscall engine sees what runs; its plugins read other systems' audit logs. */
  private static AlertClass classOf(
      @Nullable String rule, @Nullable String engineSource, FalcoFields fields) {
    if (isInternal(rule, engineSource)) {
      return AlertClass.HEALTH;
    }
    if (engineSource == null) {
      return fields.isAudit() ? AlertClass.AUDIT : AlertClass.RUNTIME;
    }
    return switch (engineSource) {
      case "syscall", "syscalls" -> AlertClass.RUNTIME;
      default -> AlertClass.AUDIT;
    };
  }

  /**
   * By the table in Falco's documentation; numbers are the gRPC enumeration, 0 emergency to 7
   * debug.
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
      notes.add("priority: " + FalcoFields.shown(priority) + " is none of Falco's");
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

  /** Some writers capitalise {@code Rule} and its neighbours. */
  private static String canonicalKey(String key) {
    return !key.isEmpty() && Character.isUpperCase(key.charAt(0))
        ? key.toLowerCase(Locale.ROOT)
        : key;
  }

  /** The keys of the outer object, found in one pass. */
  private static final class TopLevel {
    private @Nullable JsonNode rule;
    private @Nullable JsonNode priority;
    private @Nullable JsonNode source;
    private @Nullable JsonNode hostname;
    private @Nullable JsonNode tags;
    private @Nullable JsonNode time;
    private @Nullable JsonNode outputFields;

    private static TopLevel of(JsonNode event) {
      TopLevel top = new TopLevel();
      for (Map.Entry<String, JsonNode> field : event.properties()) {
        JsonNode value = field.getValue();
        switch (canonicalKey(field.getKey())) {
          case "rule" -> top.rule = value;
          case "priority" -> top.priority = value;
          case "source" -> top.source = value;
          case "hostname" -> top.hostname = value;
          case "tags" -> top.tags = value;
          case "time" -> top.time = value;
          case "output_fields" -> top.outputFields = value;
          default -> {
            // output embeds what the fields already say; uuid is another program's
          }
        }
      }
      return top;
    }
  }
}
