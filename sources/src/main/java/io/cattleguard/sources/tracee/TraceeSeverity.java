package io.cattleguard.sources.tracee;

import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Severities;
import org.jspecify.annotations.Nullable;

/** Tracee's severities, from 0 for information to 4 for critical, or their names. */
final class TraceeSeverity {
  private static final Severity[] BY_NUMBER = {
    Severity.INFORMATIONAL, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
  };

  private TraceeSeverity() {}

  static @Nullable Severity of(Fields fields, String key) {
    String word = fields.word(key);
    if (!word.isEmpty() && Character.isLetter(word.charAt(0))) {
      return Severities.named(fields, key);
    }
    Long number = fields.number(key);
    if (number == null) {
      return null;
    }
    if (number < 0 || number >= BY_NUMBER.length) {
      fields.note(key, "expected a number from 0 to 4, found " + number);
      return null;
    }
    return BY_NUMBER[number.intValue()];
  }
}
