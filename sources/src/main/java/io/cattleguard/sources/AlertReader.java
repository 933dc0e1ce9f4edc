package io.cattleguard.sources;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.HostileText;
import io.cattleguard.sources.accessanalyzer.AccessAnalyzerParser;
import io.cattleguard.sources.falco.FalcoParser;
import io.cattleguard.sources.falco.FalcoText;
import io.cattleguard.sources.foreign.ForeignEvents;
import io.cattleguard.sources.guardduty.GuardDutyParser;
import io.cattleguard.sources.inspector.InspectorParser;
import io.cattleguard.sources.kubearmor.KubeArmorParser;
import io.cattleguard.sources.kubescape.KubescapeParser;
import io.cattleguard.sources.ocsf.OcsfParser;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.ProgramBehaviour;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.securityhub.SecurityHubParser;
import io.cattleguard.sources.tetragon.TetragonParser;
import io.cattleguard.sources.tracee.TraceeParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Reads an event of any supported source. The only place that lists the parsers. */
public final class AlertReader {
  /** Maximum characters of an event; EventBridge accepts at most 1 MiB. */
  public static final int EVENT_LIMIT = 1 << 20;

  /**
   * Maximum tokens of an event: brackets, names and values. A parsed token takes up to 50 bytes of
   * memory, so one megabyte of {@code [],[],} would take thirty. Audit events have some thousands.
   */
  private static final int TOKEN_LIMIT = 100_000;

  private static final ObjectReader STRICT =
      JsonMapper.builder(boundedJson())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);
  private static final ObjectReader LENIENT =
      JsonMapper.builder(boundedJson())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .build()
          .readerFor(JsonNode.class);

  private final List<AlertParser> parsers;

  /** JSON of an event with at most {@value #TOKEN_LIMIT} tokens. */
  public static JsonFactory boundedJson() {
    return JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxTokenCount(TOKEN_LIMIT).build())
        .build();
  }

  /** Uses the parsers of all supported sources. */
  public AlertReader() {
    this(
        List.of(
            new FalcoParser(),
            new TetragonParser(),
            new GuardDutyParser(),
            new SecurityHubParser(),
            new KubeArmorParser(),
            new TraceeParser(),
            new KubescapeParser(),
            new OcsfParser(),
            new InspectorParser(),
            new AccessAnalyzerParser()));
  }

  AlertReader(List<AlertParser> parsers) {
    this.parsers = List.copyOf(parsers);
  }

  /** Reads one event from its original text. Never throws because of the event's content. */
  public Reading read(String raw, Origin origin) {
    if (raw.startsWith("\ufeff")) {
      return read(raw.substring(1), origin);
    }
    if (raw.length() > EVENT_LIMIT) {
      return new Reading.Unreadable(
          "too large: "
              + raw.length()
              + " characters, the limit is "
              + EVENT_LIMIT
              + "; remove fields from the rule's output");
    }
    try {
      return read(strictly(raw), raw, origin);
    } catch (StreamConstraintsException e) {
      return new Reading.Unreadable("too complex: " + firstLine(e.getOriginalMessage()));
    } catch (JsonProcessingException strict) {
      return readLeniently(raw, origin, strict);
    }
  }

  /** Parses bytes, which is faster than parsing characters. */
  private static JsonNode strictly(String raw) throws JsonProcessingException {
    try {
      return STRICT.readTree(raw.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("memory was not read", e);
    }
  }

  private Reading readLeniently(String raw, Origin origin, JsonProcessingException strict) {
    JsonNode event;
    try {
      event = LENIENT.readTree(raw);
    } catch (JsonProcessingException e) {
      return new Reading.Unreadable(notJson(raw, strict));
    }
    return switch (read(event, raw, origin)) {
      case Reading.Read read ->
          new Reading.Read(
              read.alert()
                  .withNote("not strictly JSON: " + firstLine(strict.getOriginalMessage())));
      case Reading.Ignored ignored -> ignored;
      case Reading.Unreadable unreadable -> unreadable;
    };
  }

  private Reading read(JsonNode event, String raw, Origin origin) {
    if (event.isObject()) {
      for (AlertParser parser : parsers) {
        if (parser.recognises(event)) {
          Reading reading = parser.read(event, raw, origin);
          return reading instanceof Reading.Read read
              ? new Reading.Read(origin.complete(ProgramBehaviour.added(read.alert())))
              : reading;
        }
      }
    }
    return new Reading.Unreadable(unknown(event));
  }

  private static String unknown(JsonNode event) {
    if (!event.isObject()) {
      return "not an event: expected a JSON object, found "
          + HostileText.visible(event.toString(), 40);
    }
    Optional<String> foreign = ForeignEvents.name(event);
    if (foreign.isPresent()) {
      return foreign.get() + ": this source is not supported yet";
    }
    List<String> keys = event.properties().stream().limit(6).map(field -> field.getKey()).toList();
    return keys.isEmpty()
        ? "an empty JSON object"
        : "unknown source; its first keys are " + HostileText.visible(String.join(", ", keys), 120);
  }

  private static String notJson(String raw, JsonProcessingException e) {
    String start = raw.stripLeading();
    if (!start.startsWith("{") && !start.startsWith("[")) {
      return "not JSON: "
          + (FalcoText.isTextOutput(start)
              ? "looks like Falco's text output; set json_output: true in falco.yaml"
              : "starts with '" + HostileText.visible(start, 40) + "'");
    }
    String where =
        e.getLocation() == null
            ? ""
            : " (line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr()
                + " of the event)";
    return "not JSON: " + HostileText.visible(firstLine(e.getOriginalMessage()), 160) + where;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
