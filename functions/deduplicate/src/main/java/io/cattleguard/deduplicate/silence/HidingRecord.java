package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What a suppression, silence or inhibition has hidden.
 *
 * @param name as alerts name it, such as {@code silence 1f2e3d4c}
 * @param since when it was first known
 * @param last when it last hid an alert
 * @param count how many alerts it hid, about
 * @param capped when an alert last exceeded its cap
 */
public record HidingRecord(
    String name, Instant since, Optional<Instant> last, long count, Optional<Instant> capped) {
  /** One that hides nothing for this time is not needed. */
  public static final Duration IDLE = Duration.ofDays(30);

  /** A silence that hides more is no passing matter. */
  static final long MUCH = 1_000;

  private static final Duration DAY = Duration.ofDays(1);
  private static final String SILENCE = "silence ";

  static HidingRecord began(String name, Instant now) {
    return new HidingRecord(name, now, Optional.empty(), 0, Optional.empty());
  }

  HidingRecord hid(long more, Instant now) {
    return more == 0 ? this : new HidingRecord(name, since, Optional.of(now), count + more, capped);
  }

  HidingRecord cappedAt(Instant now) {
    return new HidingRecord(name, since, last, count, Optional.of(now));
  }

  /** When it last did something. */
  Instant latest() {
    return last.orElse(since);
  }

  /** What people should know of it; empty if it hides something, and not too much. */
  public Optional<String> trouble(Instant now) {
    if (capped.filter(at -> now.isBefore(at.plus(DAY))).isPresent()) {
      return Optional.of(
          name + " reached its cap on " + day(capped.get()) + ": more alerts match it than before");
    }
    if (name.startsWith(SILENCE)) {
      return count < MUCH
          ? Optional.empty()
          : Optional.of(
              name + " has hidden about " + count + " alerts; fix their cause or the rule");
    }
    return now.isBefore(latest().plus(IDLE))
        ? Optional.empty()
        : Optional.of(name + " has hidden nothing since " + day(latest()) + "; remove it");
  }

  private static String day(Instant at) {
    return at.truncatedTo(ChronoUnit.DAYS).toString().substring(0, "2026-01-31".length());
  }

  /** How much it hid, in words. */
  public String inWords() {
    return last.map(at -> "hid about " + count + ", last at " + at.truncatedTo(ChronoUnit.SECONDS))
        .orElse("hid nothing so far");
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("since", since.toString());
    last.ifPresent(at -> out.put("last", at.toString()));
    capped.ifPresent(at -> out.put("capped", at.toString()));
    return out.put("count", count);
  }

  static HidingRecord read(String name, JsonNode in) {
    return new HidingRecord(
        name,
        Instant.parse(in.path("since").asText()),
        instant(in, "last"),
        in.path("count").asLong(),
        instant(in, "capped"));
  }

  private static Optional<Instant> instant(JsonNode in, String field) {
    return in.has(field) ? Optional.of(Instant.parse(in.path(field).asText())) : Optional.empty();
  }
}
