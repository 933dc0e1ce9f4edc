package io.cattleguard.sources.parsing;

import io.cattleguard.events.Severity;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Maps the severities of sources that use the same words or scale. */
public final class Severities {
  private Severities() {}

  /** The severity of a word such as {@code HIGH}, in any case; an unknown one is noted. */
  public static @Nullable Severity named(Fields fields, String key) {
    String text = fields.text(key);
    if (text == null) {
      return null;
    }
    Severity severity = of(text);
    if (severity == null) {
      fields.note(key, FieldValue.shown(fields.value(key)) + " is not a known severity");
    }
    return severity;
  }

  private static @Nullable Severity of(String word) {
    return switch (word.strip().toLowerCase(Locale.ROOT)) {
      case "info", "information", "informational", "none", "negligible" -> Severity.INFORMATIONAL;
      case "low" -> Severity.LOW;
      case "medium", "med", "moderate" -> Severity.MEDIUM;
      case "high" -> Severity.HIGH;
      case "critical" -> Severity.CRITICAL;
      case "fatal" -> Severity.FATAL;
      default -> null;
    };
  }

  /**
   * The severity of a number from 1 to 10 in GuardDuty's bands: to 3 low, to 6 medium, to 8 high.
   * Other numbers are noted, except 0, which means that there is none.
   */
  public static @Nullable Severity ofTen(Fields fields, String key) {
    Long number = fields.number(key);
    if (number == null || number == 0) {
      return null;
    }
    if (number < 1 || number > 10) {
      fields.note(key, "expected a number from 1 to 10, found " + number);
      return null;
    }
    return List.of(Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
        .get(number >= 9 ? 3 : number >= 7 ? 2 : number >= 4 ? 1 : 0);
  }

  /** Either of both: a word, or a number from 1 to 10. */
  public static @Nullable Severity ofTenOrNamed(Fields fields, String key) {
    String word = fields.word(key);
    boolean named = !word.isEmpty() && Character.isLetter(word.charAt(0));
    return named ? named(fields, key) : ofTen(fields, key);
  }
}
