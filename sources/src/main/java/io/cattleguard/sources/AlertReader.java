package io.cattleguard.sources;

import static java.util.stream.Collectors.toUnmodifiableSet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
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
import io.cattleguard.sources.audit.AuditParser;
import io.cattleguard.sources.cloudtrail.CloudTrailParser;
import io.cattleguard.sources.deviation.DeviationParser;
import io.cattleguard.sources.falco.FalcoParser;
import io.cattleguard.sources.falco.FalcoText;
import io.cattleguard.sources.foreign.ForeignEvents;
import io.cattleguard.sources.guardduty.GuardDutyParser;
import io.cattleguard.sources.inspector.InspectorParser;
import io.cattleguard.sources.kubearmor.KubeArmorParser;
import io.cattleguard.sources.kubescape.KubescapeParser;
import io.cattleguard.sources.ocsf.OcsfParser;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.ProgramBehaviour;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.securityhub.SecurityHubParser;
import io.cattleguard.sources.tetragon.TetragonParser;
import io.cattleguard.sources.tracee.TraceeParser;
import io.cattleguard.sources.unwrap.Envelope;
import io.cattleguard.sources.unwrap.Envelope.Part;
import io.cattleguard.sources.unwrap.Envelopes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads an event of any supported source. The only place that lists the parsers. */
public final class AlertReader {
  /** Maximum characters of an event; EventBridge accepts at most 1 MiB. */
  public static final int EVENT_LIMIT = 1 << 20;

  /** Maximum characters of an envelope in a recording, such as a command's output. */
  public static final int RECORDED_LIMIT = 32 * EVENT_LIMIT;

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

  /** Limits for the envelopes of a recording, which contain many events. */
  private static final ObjectReader LARGE =
      JsonMapper.builder(boundedJson(TOKEN_LIMIT * (RECORDED_LIMIT / EVENT_LIMIT)))
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private final List<AlertParser> parsers;

  /**
   * The policy's parsers, for events that no other parser recognises and that are not envelopes.
   */
  private final List<AlertParser> mapped;

  private final int envelopeLimit;
  private final boolean tokensFirst;

  /**
   * The result of trying to read a text.
   *
   * @param unknown the JSON that no parser reads, which may be an envelope or hold several alerts
   */
  record Attempt(Reading reading, boolean isJson, Optional<JsonNode> unknown) {}

  /** JSON of an event with at most {@value #TOKEN_LIMIT} tokens. */
  public static JsonFactory boundedJson() {
    return boundedJson(TOKEN_LIMIT);
  }

  private static JsonFactory boundedJson(long tokens) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxTokenCount(tokens)
                .maxStringLength(RECORDED_LIMIT)
                .build())
        .build();
  }

  /** Uses the parsers of all supported sources. No raw event is an alert. */
  public AlertReader() {
    this(Detections.NONE);
  }

  /** Uses the parsers of all supported sources, and the detections that name raw events. */
  public AlertReader(Detections detections) {
    this(builtIn(detections), detections.parsers(), EVENT_LIMIT, true);
  }

  /** Uses the parser of Kubernetes audit events only, for an input that carries no others. */
  public static AlertReader ofAudit(Detections detections) {
    return new AlertReader(List.of(new AuditParser(detections)));
  }

  /** The sources that are read without a policy. */
  public static Set<String> sources() {
    return builtIn(Detections.NONE).stream().map(AlertParser::source).collect(toUnmodifiableSet());
  }

  /** Every name that the source of an alert can have without a policy. */
  public static Set<String> names() {
    return builtIn(Detections.NONE).stream()
        .flatMap(parser -> parser.names().stream())
        .collect(toUnmodifiableSet());
  }

  private static List<AlertParser> builtIn(Detections detections) {
    return List.of(
        new FalcoParser(),
        new TetragonParser(),
        new GuardDutyParser(),
        new SecurityHubParser(),
        new AuditParser(detections),
        new CloudTrailParser(detections),
        new KubeArmorParser(),
        new TraceeParser(),
        new KubescapeParser(),
        new OcsfParser(),
        new InspectorParser(),
        new AccessAnalyzerParser(),
        new DeviationParser());
  }

  AlertReader(List<AlertParser> parsers) {
    this(parsers, List.of(), EVENT_LIMIT, true);
  }

  private AlertReader(
      List<AlertParser> parsers, List<AlertParser> mapped, int envelopeLimit, boolean tokensFirst) {
    this.parsers = List.copyOf(parsers);
    this.mapped = List.copyOf(mapped);
    this.envelopeLimit = envelopeLimit;
    this.tokensFirst = tokensFirst;
  }

  /** A reader with the same parsers that also reads envelopes of {@link #RECORDED_LIMIT}. */
  public AlertReader ofRecordings() {
    return new AlertReader(parsers, mapped, RECORDED_LIMIT, tokensFirst);
  }

  /** A reader that parses every event into a tree, for comparison. */
  AlertReader ofTrees() {
    return new AlertReader(parsers, mapped, envelopeLimit, false);
  }

  /**
   * Reads one event from its original text. Never throws because of the event's content. An event
   * in an envelope is unreadable.
   */
  public Reading read(String raw, Origin origin) {
    return attempt(raw, origin).reading();
  }

  /**
   * Reads one event, or the events of an envelope such as an SQS message or a record of Fluent Bit.
   * There is always at least one reading. Only what no parser reads may be an envelope, so that an
   * ordinary event costs no more than with {@link #read(String, Origin)}.
   */
  public List<ReadEvent> readAll(String raw, Origin origin) {
    Attempt attempt = attempt(raw, origin);
    return attempt.reading() instanceof Reading.Unreadable
        ? new Unwrapping(this, origin).of(raw, attempt)
        : List.of(new ReadEvent(raw, attempt.reading()));
  }

  /**
   * The actions of an event's processes, even if the event is not an alert. Empty for an envelope,
   * whose events {@link #readAll} finds, and for unreadable text.
   */
  public List<Activity> activities(String raw, Origin origin) {
    if (raw.length() > EVENT_LIMIT) {
      return List.of();
    }
    try {
      JsonNode event = LENIENT.readTree(raw);
      return parserOf(event).map(parser -> parser.activities(event, origin)).orElse(List.of());
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }

  Attempt attempt(String raw, Origin origin) {
    int marks = 0;
    while (marks < raw.length() && raw.charAt(marks) == '\ufeff') {
      marks++;
    }
    return marks == 0 ? withoutMark(raw, origin) : withoutMark(raw.substring(marks), origin);
  }

  private Attempt withoutMark(String raw, Origin origin) {
    if (raw.length() > EVENT_LIMIT) {
      return new Attempt(
          tooLarge(raw), true, raw.length() > envelopeLimit ? Optional.empty() : large(raw));
    }
    // Bytes are parsed faster than characters.
    byte[] text = raw.getBytes(StandardCharsets.UTF_8);
    Optional<Reading> usual = fromTokens(text, raw, origin);
    if (usual.isPresent()) {
      return new Attempt(usual.get(), true, Optional.empty());
    }
    try {
      return attempt(strictly(text), raw, origin);
    } catch (StreamConstraintsException e) {
      return new Attempt(
          new Reading.Unreadable("too complex: " + firstLine(e.getOriginalMessage())),
          true,
          raw.length() > envelopeLimit || envelopeLimit == EVENT_LIMIT
              ? Optional.empty()
              : large(raw));
    } catch (JsonProcessingException strict) {
      return readLeniently(raw, origin, strict);
    }
  }

  private static Reading tooLarge(String raw) {
    return new Reading.Unreadable(
        "too large: "
            + raw.length()
            + " characters, the limit is "
            + EVENT_LIMIT
            + "; remove fields from the rule's output");
  }

  /** A text that is too large for an event may be an envelope. */
  private static Optional<JsonNode> large(String raw) {
    try {
      return Optional.of(LARGE.readTree(raw));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /**
   * The reading of an event of the commonest source, whose parser is asked first anyway. Errors of
   * a text are found when it is parsed into a tree.
   */
  private Optional<Reading> fromTokens(byte[] text, String raw, Origin origin) {
    if (!tokensFirst || parsers.isEmpty()) {
      return Optional.empty();
    }
    try (JsonParser tokens = STRICT.getFactory().createParser(text)) {
      return parsers
          .getFirst()
          .readTokens(tokens, text, raw, origin)
          .map(reading -> completed(reading, origin));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static JsonNode strictly(byte[] text) throws JsonProcessingException {
    try {
      return STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("memory was not read", e);
    }
  }

  private Attempt readLeniently(String raw, Origin origin, JsonProcessingException strict) {
    JsonNode event;
    try {
      event = LENIENT.readTree(raw);
    } catch (JsonProcessingException e) {
      return new Attempt(new Reading.Unreadable(notJson(raw, strict)), false, Optional.empty());
    }
    Attempt attempt = attempt(event, raw, origin);
    return switch (attempt.reading()) {
      case Reading.Read read ->
          new Attempt(
              new Reading.Read(
                  read.alert()
                      .withNote("not strictly JSON: " + firstLine(strict.getOriginalMessage()))),
              true,
              Optional.empty());
      case Reading.Ignored ignored -> attempt;
      case Reading.Unreadable unreadable -> attempt;
    };
  }

  /** Reads an event that is parsed already. */
  Attempt attempt(JsonNode event, String raw, Origin origin) {
    if (raw.length() > EVENT_LIMIT) {
      return new Attempt(tooLarge(raw), true, Optional.of(event));
    }
    Optional<AlertParser> parser = parserOf(event);
    if (parser.isEmpty()) {
      return new Attempt(new Reading.Unreadable(unknown(event)), true, Optional.of(event));
    }
    Reading reading = completed(parser.get().read(event, raw, origin), origin);
    return new Attempt(
        reading,
        true,
        reading instanceof Reading.Unreadable ? Optional.of(event) : Optional.empty());
  }

  /**
   * The parser that recognises an event. A policy's mapping never gets an event of another source.
   */
  private Optional<AlertParser> parserOf(JsonNode event) {
    if (!event.isObject()) {
      return Optional.empty();
    }
    for (AlertParser parser : parsers) {
      if (parser.recognises(event)) {
        return Optional.of(parser);
      }
    }
    if (mapped.isEmpty() || Envelopes.open(event).isPresent()) {
      return Optional.empty();
    }
    return mapped.stream().filter(parser -> parser.recognises(event)).findFirst();
  }

  private static Reading completed(Reading reading, Origin origin) {
    return reading instanceof Reading.Read read
        ? new Reading.Read(origin.complete(ProgramBehaviour.added(read.alert())))
        : reading;
  }

  /** Whether it also reads the envelopes of recordings. */
  boolean isOfRecordings() {
    return envelopeLimit > EVENT_LIMIT;
  }

  /** Whether a parser recognises the event. */
  boolean recognises(JsonNode event) {
    return parserOf(event).isPresent();
  }

  /** An event of a source that holds several of its alerts, as a list of events of one each. */
  Optional<Envelope> several(JsonNode event) {
    AlertParser parser = parserOf(event).orElse(null);
    if (parser == null) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    parser.parts(event).forEach(part -> parts.add(new Part.Tree(part)));
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(new Envelope("an event of " + parser.source(), parts, true));
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
        : "unknown source; its first keys are "
            + HostileText.visible(String.join(", ", keys), 120)
            + "; see sources/README.md#add-a-source, or add a mapping in policy/sources";
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
