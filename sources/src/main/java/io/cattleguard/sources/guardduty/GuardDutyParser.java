package io.cattleguard.sources.guardduty;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads GuardDuty findings from EventBridge, and those without an envelope: GuardDuty's export to
 * S3 and the output of {@code get-findings}. Events about GuardDuty's own coverage are health
 * alerts.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html">GuardDuty
 *     and EventBridge</a>
 */
public final class GuardDutyParser implements AlertParser {
  private static final String SAMPLE = "sample";

  /** Part of every finding's ARN. */
  private static final String ARN = ":guardduty:";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Override
  public String source() {
    return "guardduty";
  }

  @Override
  public boolean recognises(JsonNode event) {
    if (event.path("detail-type").asText("").equals("GuardDuty Finding")) {
      return event.path("source").asText("aws.guardduty").equals("aws.guardduty");
    }
    if (GuardDutyHealth.recognises(event) || GuardDutyScan.recognises(event)) {
      return true;
    }
    if (event.has("detail-type")) {
      return false;
    }
    return ApiForm.isOne(event)
        ? event.path("Arn").asText("").contains(ARN)
            || event.path("Service").path("ServiceName").asText("").equals("guardduty")
        : event.has("type")
            && event.has("accountId")
            && (event.path("service").path("serviceName").asText("").equals("guardduty")
                || event.path("arn").asText("").contains(ARN));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    if (GuardDutyHealth.recognises(event)) {
      return GuardDutyHealth.read(event, source(), raw, origin);
    }
    if (GuardDutyScan.recognises(event)) {
      return GuardDutyScan.read(event, source(), raw, origin);
    }
    boolean enveloped = event.has("detail-type");
    JsonNode written = enveloped ? event.path("detail") : event;
    JsonNode finding = ApiForm.isOne(written) ? ApiForm.asDelivered(written) : written;
    List<String> notes = new ArrayList<>(0);
    String type = text(finding.get("type"), "type", notes);
    if (!finding.isObject() || type == null) {
      return new Reading.Unreadable("a GuardDuty finding without a type");
    }
    JsonNode service = object(finding, "service", notes);
    JsonNode archived = service.path("archived");
    if (!archived.isMissingNode() && FieldValue.isTrue(archived, "service.archived", notes)) {
      return new Reading.Ignored("an archived GuardDuty finding");
    }
    GuardDutyResource resource = new GuardDutyResource(object(finding, "resource", notes), notes);
    GuardDutyAction action = new GuardDutyAction(object(service, "action", notes), notes);
    GuardDutySequence sequence = new GuardDutySequence(finding, notes);
    GuardDutyType purpose = GuardDutyType.of(type);
    Behaviour behaviour = sequence.behaviour(GuardDutyType.TYPES).and(purpose.behaviour());
    Severity severity = severity(finding.get("severity"), notes);
    List<Trait> traits =
        new ArrayList<>(Behaviour.joined(resource.traits(), purpose.traits(severity)));
    if (isSample(finding)) {
      traits.add(Trait.SAMPLE);
    }
    String account = text(finding.get("accountId"), "accountId", notes);
    String region = text(finding.get("region"), "region", notes);
    JsonNode runtime = service.path("runtimeDetails").path("process");
    return new Reading.Read(
        new Alert(
                id(finding, origin, raw),
                purpose.alertClass().orElseGet(action::alertClass),
                source(),
                type,
                severity,
                behaviour.tactics(),
                behaviour.techniques(),
                traits,
                named(target(resource, sequence), finding, notes)
                    .cluster(origin.cluster())
                    .account(account)
                    .region(
                        enveloped ? or(region, text(event.get("region"), "region", notes)) : region)
                    .build(),
                process(runtime, notes),
                sequence.isPresent() ? sequence.network() : action.network(),
                null,
                observedAt(finding, service, event, notes),
                1,
                notes,
                raw,
                text(finding.get("title"), "title", notes))
            .withRelated(sequence.isPresent() ? sequence.related() : List.of()));
  }

  private static Target target(GuardDutyResource resource, GuardDutySequence sequence) {
    Target.Builder target = resource.target();
    return (sequence.isPresent() ? sequence.complete(target) : target).build();
  }

  /**
   * Uses the finding's id if the finding names no known object, as an attack sequence of
   * credentials does.
   */
  private static Target.Builder named(Target target, JsonNode finding, List<String> notes) {
    Target.Builder named = target.toBuilder();
    return target.equals(Target.builder().build())
        ? named.resource(
            or(text(finding.get("arn"), "arn", notes), text(finding.get("id"), "id", notes)))
        : named;
  }

  /**
   * The id of finding and version, because each delivery has a new envelope. An update is another
   * alert of the same problem.
   */
  private String id(JsonNode finding, Origin origin, String raw) {
    String id = finding.path("id").asText("");
    String version = finding.path("updatedAt").asText("");
    if (id.isEmpty() || version.isEmpty()) {
      return EventId.of(source(), origin.cluster(), raw);
    }
    String account = finding.path("accountId").asText("");
    String region = finding.path("region").asText("");
    return EventId.of(source(), origin.cluster(), String.join("/", account, region, id, version));
  }

  /**
   * Maps GuardDuty's severity, 1.0 to 10.0, by its documented bands.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html">Severity
   *     levels</a>
   */
  private static @Nullable Severity severity(@Nullable JsonNode value, List<String> notes) {
    if (value == null || FieldValue.isNothing(value)) {
      return null;
    }
    double number = value.isTextual() ? value.asDouble(Double.NaN) : value.doubleValue();
    if (!(number >= 1 && number <= 10)) {
      notes.add("severity: expected a number from 1 to 10, found " + FieldValue.kind(value));
      return null;
    }
    if (number >= 9) {
      return Severity.CRITICAL;
    }
    if (number >= 7) {
      return Severity.HIGH;
    }
    return number >= 4 ? Severity.MEDIUM : Severity.LOW;
  }

  /**
   * Whether the finding is a sample. GuardDuty has marked samples in three ways; missing one could
   * quarantine an instance.
   */
  private static boolean isSample(JsonNode finding) {
    JsonNode more = finding.path("service").path("additionalInfo");
    String title = finding.path("title").asText("").stripLeading().toUpperCase(Locale.ROOT);
    return isTrue(more.path(SAMPLE))
        || isTrue(within(more.path("value")).path(SAMPLE))
        || title.startsWith("[SAMPLE]")
        || title.startsWith("SAMPLE ");
  }

  private static boolean isTrue(JsonNode value) {
    return value.asText("").equalsIgnoreCase("true");
  }

  /** Parses JSON inside a string; missing if it is not JSON. */
  private static JsonNode within(JsonNode value) {
    try {
      return value.isTextual() ? JSON.readTree(value.textValue()) : value;
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private static ObservedProcess process(JsonNode process, List<String> notes) {
    String key = "service.runtimeDetails.process.";
    String parent = null;
    String parentId = process.path("parentUuid").asText("");
    for (JsonNode ancestor : process.path("lineage")) {
      if (parent == null
          && !parentId.isEmpty()
          && ancestor.path("uuid").asText().equals(parentId)) {
        parent = text(ancestor.get("name"), key + "lineage.name", notes);
      }
    }
    return new ObservedProcess(
        text(process.get("executablePath"), key + "executablePath", notes),
        text(process.get("name"), key + "name", notes),
        null,
        parent,
        text(process.get("user"), key + "user", notes));
  }

  /** The time when it was last seen, because a finding may be updated for days. */
  private static @Nullable Instant observedAt(
      JsonNode finding, JsonNode service, JsonNode event, List<String> notes) {
    JsonNode[] candidates = {
      service.path("eventLastSeen"),
      finding.path("updatedAt"),
      finding.path("createdAt"),
      event.path("time")
    };
    for (JsonNode candidate : candidates) {
      if (candidate.isTextual()) {
        Instant read = EventTime.rfc3339(candidate.textValue());
        if (read != null) {
          return read;
        }
        notes.add("time: " + FieldValue.shown(candidate) + " is not an RFC 3339 time");
      }
    }
    notes.add("time: missing");
    return null;
  }

  /** The object, or a missing node; a value of another type is dropped with a note. */
  static JsonNode object(JsonNode parent, String key, List<String> notes) {
    JsonNode value = parent.path(key);
    if (value.isObject() || value.isMissingNode() || value.isNull()) {
      return value;
    }
    notes.add(key + ": expected an object, found " + FieldValue.kind(value));
    return JSON.missingNode();
  }
}
