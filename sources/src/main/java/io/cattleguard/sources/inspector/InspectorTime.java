package io.cattleguard.sources.inspector;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.Fields;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads Inspector's times: {@code Jan 19, 2026, 10:46:15 PM} from EventBridge, seconds or RFC 3339
 * from the API.
 */
final class InspectorTime {
  private static final DateTimeFormatter WORDS =
      DateTimeFormatter.ofPattern("MMM d, uuuu, h:mm:ss a", Locale.ENGLISH);

  private InspectorTime() {}

  /** When it was last seen, else when the event was delivered. */
  static @Nullable Instant of(Fields finding, Fields envelope) {
    for (String key : List.of("lastObservedAt", "updatedAt", "firstObservedAt")) {
      Instant read = of(finding.value(key));
      if (read != null) {
        return read;
      }
    }
    return envelope.time("time");
  }

  private static @Nullable Instant of(JsonNode value) {
    if (value.isNumber()) {
      return EventTime.epoch(value, 1);
    }
    Instant read = EventTime.rfc3339(value.asText(""));
    return read == null ? words(value.asText("")) : read;
  }

  /** The space before AM and PM may be a narrow one that does not break. */
  private static @Nullable Instant words(String text) {
    try {
      return LocalDateTime.parse(text.replace('\u202f', ' '), WORDS).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
