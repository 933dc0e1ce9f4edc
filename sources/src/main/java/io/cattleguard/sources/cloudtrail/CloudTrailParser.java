package io.cattleguard.sources.cloudtrail;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads CloudTrail's events, in EventBridge's envelope or bare, as a log file has them. A detection
 * says which of them are alerts; the others are ignored.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html">Record
 *     contents</a>
 */
public final class CloudTrailParser implements AlertParser {
  private static final String SOURCE = "cloudtrail";

  private final Detections detections;

  /** Reads the events that these detections name. */
  public CloudTrailParser(Detections detections) {
    this.detections = detections;
  }

  @Override
  public String source() {
    return SOURCE;
  }

  @Override
  public boolean recognises(JsonNode event) {
    return isRecord(event) || (isEnveloped(event) && isRecord(event.path("detail")));
  }

  private static boolean isEnveloped(JsonNode event) {
    return event.path("detail-type").asText("").endsWith("via CloudTrail");
  }

  /** Notifications of S3 and records of streams have the same keys; their source is no service. */
  private static boolean isRecord(JsonNode event) {
    return event.has("eventName")
        && event.has("eventVersion")
        && event.has("eventSource")
        && !event.path("eventSource").asText("").startsWith("aws:");
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    JsonNode record = isEnveloped(event) ? event.path("detail") : event;
    Optional<Detection> detection = detections.of(SOURCE, record);
    return detection.isPresent()
        ? new Reading.Read(alert(record, detection.get(), raw, origin))
        : new Reading.Ignored("an AWS API call that no detection matches");
  }

  private static Alert alert(JsonNode record, Detection detection, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    CloudTrailCaller caller = new CloudTrailCaller(record.path("userIdentity"), notes);
    CloudTrailObject object = new CloudTrailObject(record.path("requestParameters"));
    String error = text(record.get("errorCode"), "errorCode", notes);
    String source = text(record.get("sourceIPAddress"), "sourceIPAddress", notes);
    String account =
        or(text(record.get("recipientAccountId"), "recipientAccountId", notes), caller.account());
    String region = text(record.get("awsRegion"), "awsRegion", notes);
    return new Alert(
        id(record, account, region, origin, raw),
        AlertClass.AUDIT,
        SOURCE,
        detection.name(),
        detection.severity(),
        detection.tactics(),
        detection.techniques(),
        error != null && isDenial(error)
            ? Behaviour.joined(detection.traits(), List.of(Trait.BLOCKED))
            : detection.traits(),
        object
            .target()
            .cluster(origin.cluster())
            .account(account)
            .region(region)
            .principal(caller.principal())
            .build(),
        ObservedProcess.UNKNOWN,
        source != null && Addresses.isAddress(source)
            ? new ObservedConnection(source, null, null, null)
            : ObservedConnection.UNKNOWN,
        null,
        EventTime.of(record.get("eventTime"), null, null, notes),
        1,
        notes,
        raw,
        title(detection, record, caller, source, error));
  }

  private static String id(
      JsonNode record,
      @Nullable String account,
      @Nullable String region,
      Origin origin,
      String raw) {
    String id = record.path("eventID").asText("");
    return EventId.of(
        SOURCE, origin.cluster(), id.isEmpty() ? raw : account + "/" + region + "/" + id);
  }

  /** Whether AWS refused the call, rather than failed to do it. */
  private static boolean isDenial(String error) {
    String code = error.toLowerCase(Locale.ROOT);
    return code.contains("accessdenied") || code.contains("unauthorized");
  }

  private static String title(
      Detection detection,
      JsonNode record,
      CloudTrailCaller caller,
      @Nullable String source,
      @Nullable String error) {
    List<String> notes = new ArrayList<>(0);
    StringBuilder title = new StringBuilder(detection.title());
    title.append(": ").append(caller).append(" called ");
    title.append(or(text(record.get("eventName"), "eventName", notes), "an API"));
    if (source != null) {
      title.append(" from ").append(source);
    }
    String agent = text(record.get("userAgent"), "userAgent", notes);
    if (agent != null) {
      title.append(" with ").append(agent);
    }
    if (error != null) {
      title.append(", ").append(error);
    }
    return HostileText.visible(title.toString());
  }
}
