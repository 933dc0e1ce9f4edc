package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.operator.OperatorCommand;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * Alerts that a person hides from people for a time.
 *
 * @param by who set it
 * @param since when it was set
 * @param until when it ends, on the clock of the deduplicating host
 * @param upTo the highest severity that it hides
 * @param responders whether it hides the alerts from responders too
 * @param match the pattern's text
 * @param when the pattern
 */
public record Silence(
    String id,
    String by,
    String reason,
    Instant since,
    Instant until,
    Severity upTo,
    boolean responders,
    String match,
    EventPattern when) {
  /** For a longer time use a suppression of the policy, which is reviewed. */
  public static final Duration LONGEST = Duration.ofDays(30);

  /** The highest severity that a silence hides if it does not say another one. */
  public static final Severity DEFAULT_CEILING = Severity.HIGH;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int ID_DIGITS = 8;
  private static final int NAME = 100;
  private static final int REASON = 300;
  private static final int PATTERN = 2_000;

  /**
   * A new silence.
   *
   * @param match the pattern
   * @param all whether a pattern may match every alert
   * @throws IllegalArgumentException if it cannot be set, with the reason
   */
  public static Silence of(
      ObjectNode match,
      String by,
      String reason,
      Instant since,
      Instant until,
      Severity upTo,
      boolean responders,
      boolean all) {
    if (!until.isAfter(since)) {
      throw new IllegalArgumentException("the end has passed already: " + until);
    }
    if (until.isAfter(since.plus(LONGEST))) {
      throw new IllegalArgumentException(
          "a silence lasts at most "
              + LONGEST.toDays()
              + " days; renew it, or write a suppression into the policy");
    }
    String text = match.toString();
    if (text.getBytes(StandardCharsets.UTF_8).length > PATTERN) {
      throw new IllegalArgumentException("the pattern has more than " + PATTERN + " bytes");
    }
    EventPattern when = HidingPattern.compile(text);
    if (!all && !HidingPattern.isNarrow(match)) {
      throw new IllegalArgumentException(
          "the pattern names no rule, object, process, peer or file, so it may hide any alert;"
              + " narrow it, or set --all");
    }
    String who = HostileText.visible(by, NAME);
    String why = HostileText.visible(reason, REASON);
    if (who.isBlank() || why.isBlank()) {
      throw new IllegalArgumentException("a silence needs a reason and the person who sets it");
    }
    String id =
        Fingerprint.hash(String.join("\n", text, who, why, since.toString(), until.toString()));
    return new Silence(
        id.substring(0, ID_DIGITS), who, why, since, until, upTo, responders, text, when);
  }

  /** Whether that person set it: by the name that the person says, or as the sender is known. */
  boolean isBy(OperatorCommand.Who who) {
    return Stream.of(who.inWords(), who.identity(), who.name().orElse(who.identity()))
        .anyMatch(one -> HostileText.visible(one, NAME).equals(by));
  }

  /** Whether that is its reason. */
  boolean isFor(String why) {
    return HostileText.visible(why, REASON).equals(reason);
  }

  /** A copy with the id that its command gave it. */
  Silence named(String other) {
    return new Silence(other, by, reason, since, until, upTo, responders, match, when);
  }

  /** A copy that ends then. */
  Silence endedAt(Instant end) {
    return new Silence(id, by, reason, since, end, upTo, responders, match, when);
  }

  /** Whether it hides alerts that arrive at that time. */
  public boolean isActive(Instant now) {
    return now.isBefore(until) && now.isBefore(since.plus(LONGEST));
  }

  /** Whether an alert is too grave for it. */
  public boolean isBelow(Severity severity) {
    return severity.compareTo(upTo) > 0;
  }

  /** The mark on alerts that it hides. */
  public Silenced mark() {
    return new Silenced(name(), reason, responders);
  }

  /** How alerts name it. */
  public String name() {
    return "silence " + id;
  }

  /** What {@link #read} reads. */
  public ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", id).put("by", by).put("reason", reason);
    out.put("since", since.toString()).put("until", until.toString());
    out.put("upTo", upTo.jsonName()).put("responders", responders);
    out.set("match", json(match));
    return out;
  }

  /**
   * Reads a stored silence.
   *
   * @throws IllegalArgumentException if it is unreadable
   */
  static Silence read(JsonNode in) {
    try {
      String match = in.path("match").toString();
      return new Silence(
          in.path("id").asText(),
          in.path("by").asText(),
          in.path("reason").asText(),
          Instant.parse(in.path("since").asText()),
          Instant.parse(in.path("until").asText()),
          Severity.named(in.path("upTo").asText()).orElse(DEFAULT_CEILING),
          in.path("responders").asBoolean(),
          match,
          HidingPattern.compile(match));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("unreadable silence", e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
