package io.cattleguard.sources.mapped;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Maps a source's severities.
 *
 * @param words the source's words, in lower case; Cattleguard's own names need no entry
 * @param least the lowest number of each severity
 * @param otherwise the severity of every other value, and of none
 */
public record MappedSeverity(
    Optional<EventPath> path,
    Map<String, Severity> words,
    Map<Severity, Long> least,
    Optional<Severity> otherwise) {
  /** Copies the maps. */
  public MappedSeverity {
    words = Map.copyOf(words);
    least = Map.copyOf(least);
  }

  /** The event's severity; an unknown value is noted. */
  @Nullable Severity in(JsonNode event, List<String> notes) {
    if (path.isEmpty()) {
      return otherwise.orElse(null);
    }
    JsonNode value = path.get().in(event);
    if (value.isMissingNode() || FieldValue.isNothing(value)) {
      return otherwise.orElse(null);
    }
    Optional<Severity> severity = ofWord(value).or(() -> ofNumber(value));
    if (severity.isEmpty()) {
      notes.add(path.get().text() + ": " + FieldValue.shown(value) + " is not a known severity");
    }
    return severity.or(() -> otherwise).orElse(null);
  }

  private Optional<Severity> ofWord(JsonNode value) {
    if (!value.isTextual() && !value.isIntegralNumber()) {
      return Optional.empty();
    }
    String word = value.asText().strip().toLowerCase(Locale.ROOT);
    return Optional.ofNullable(words.get(word)).or(() -> Severity.named(word));
  }

  /** The highest severity whose least number it reaches. */
  private Optional<Severity> ofNumber(JsonNode value) {
    Long number = FieldValue.number(value);
    Severity gravest = null;
    if (number != null) {
      for (Map.Entry<Severity, Long> band : least.entrySet()) {
        if (number >= band.getValue()
            && (gravest == null || band.getKey().compareTo(gravest) > 0)) {
          gravest = band.getKey();
        }
      }
    }
    return Optional.ofNullable(gravest);
  }
}
