package io.cattleguard.sources.mapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the events of a source with a policy's mapping. */
public final class MappedParser implements AlertParser {
  private final String source;
  private final AlertClass alertClass;
  private final Predicate<JsonNode> when;
  private final Predicate<JsonNode> ignored;
  private final MappedSeverity severity;
  private final Map<MappedField, EventPath> fields;
  private final long timeUnit;

  /**
   * Takes a mapping.
   *
   * @param when which events are the source's
   * @param ignored which of these are no alert
   * @param timeUnit how many of the units of a time that is a number make a second
   */
  public MappedParser(
      String source,
      AlertClass alertClass,
      Predicate<JsonNode> when,
      Predicate<JsonNode> ignored,
      MappedSeverity severity,
      Map<MappedField, EventPath> fields,
      long timeUnit) {
    this.source = source;
    this.alertClass = alertClass;
    this.when = when;
    this.ignored = ignored;
    this.severity = severity;
    this.fields = Map.copyOf(fields);
    this.timeUnit = timeUnit;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public boolean recognises(JsonNode event) {
    return when.test(event);
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    if (ignored.test(event)) {
      return new Reading.Ignored("an event of " + source + " that its mapping ignores");
    }
    List<String> notes = new ArrayList<>(0);
    String rule = text(MappedField.RULE, event, notes);
    if (rule == null && notes.isEmpty()) {
      notes.add("rule: missing");
    }
    return new AlertDraft(source, origin, raw, notes)
        .alertClass(alertClass)
        .rule(rule)
        .severity(severity.in(event, notes))
        .behaviour(AttackTags.of(attack(event), notes).behaviour())
        .target(target(event, notes))
        .process(
            new ObservedProcess(
                text(MappedField.EXECUTABLE, event, notes),
                text(MappedField.PROCESS, event, notes),
                text(MappedField.COMMAND_LINE, event, notes),
                text(MappedField.PARENT, event, notes),
                text(MappedField.USER, event, notes)))
        .network(network(event, notes))
        .file(text(MappedField.FILE, event, notes))
        .observedAt(time(event, notes))
        .title(text(MappedField.TITLE, event, notes))
        .read();
  }

  private Target.Builder target(JsonNode event, List<String> notes) {
    return Target.builder()
        .node(text(MappedField.NODE, event, notes))
        .namespace(text(MappedField.NAMESPACE, event, notes))
        .pod(text(MappedField.POD, event, notes))
        .podUid(text(MappedField.POD_UID, event, notes))
        .workload(text(MappedField.WORKLOAD, event, notes))
        .containerId(text(MappedField.CONTAINER_ID, event, notes))
        .containerName(text(MappedField.CONTAINER_NAME, event, notes))
        .image(text(MappedField.IMAGE, event, notes))
        .account(text(MappedField.ACCOUNT, event, notes))
        .region(text(MappedField.REGION, event, notes))
        .instance(text(MappedField.INSTANCE, event, notes))
        .securityGroup(text(MappedField.SECURITY_GROUP, event, notes))
        .principal(text(MappedField.PRINCIPAL, event, notes))
        .resource(text(MappedField.RESOURCE, event, notes));
  }

  private ObservedConnection network(JsonNode event, List<String> notes) {
    String peer = text(MappedField.PEER, event, notes);
    JsonNode port = value(MappedField.PORT, event);
    Integer number =
        port.isMissingNode() ? null : FieldValue.port(port, path(MappedField.PORT), notes);
    return peer == null && number == null
        ? ObservedConnection.UNKNOWN
        : new ObservedConnection(peer, number, null, null);
  }

  private JsonNode attack(JsonNode event) {
    JsonNode value = value(MappedField.ATTACK, event);
    return value.isMissingNode() ? NullNode.instance : value;
  }

  private @Nullable Instant time(JsonNode event, List<String> notes) {
    JsonNode value = value(MappedField.TIME, event);
    if (value.isMissingNode() || FieldValue.isNothing(value)) {
      return null;
    }
    Instant written = value.isTextual() ? EventTime.rfc3339(value.textValue()) : null;
    Instant read = written == null ? EventTime.epoch(value, timeUnit) : written;
    if (read == null) {
      notes.add(path(MappedField.TIME) + ": " + FieldValue.shown(value) + " is not a time");
    }
    return read;
  }

  /**
   * The text, or a whole number as one; null for an absent value, and for any other value with a
   * note.
   */
  private @Nullable String text(MappedField field, JsonNode event, List<String> notes) {
    JsonNode value = value(field, event);
    if (value.isMissingNode()) {
      return null;
    }
    return value.isIntegralNumber()
        ? HostileText.visible(value.asText())
        : FieldValue.text(value, path(field), notes);
  }

  private JsonNode value(MappedField field, JsonNode event) {
    return Optional.ofNullable(fields.get(field))
        .map(path -> path.in(event))
        .orElse(MissingNode.getInstance());
  }

  private String path(MappedField field) {
    return Optional.ofNullable(fields.get(field)).map(EventPath::text).orElse(field.key());
  }
}
