package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one value of an event. A value of the wrong type is dropped with a note. */
public final class FieldValue {
  /** Falco's text for a missing value. */
  private static final String NOT_AVAILABLE = "<NA>";

  /** A number of at most 18 digits, which fits into a long. */
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

  private static final int HIGHEST_PORT = 65_535;

  private FieldValue() {}

  /** The text, bounded and visible, or null. */
  public static @Nullable String text(@Nullable JsonNode value, String key, List<String> notes) {
    if (value == null) {
      return null;
    }
    if (value.isTextual()) {
      String text = value.textValue();
      return isNothing(text) ? null : HostileText.visible(text);
    }
    if (!value.isNull()) {
      notes.add(key + ": expected a string, found " + kind(value));
    }
    return null;
  }

  /** The text, or null for any other type, which the field may also have. */
  public static @Nullable String textIfText(JsonNode value) {
    return value.isTextual() && !isNothing(value.textValue())
        ? HostileText.visible(value.textValue())
        : null;
  }

  /** A port, 0 to 65,535, or null. */
  public static @Nullable Integer port(JsonNode value, String key, List<String> notes) {
    if (isNothing(value)) {
      return null;
    }
    Long number = number(value);
    if (number != null && number >= 0 && number <= HIGHEST_PORT) {
      return number.intValue();
    }
    notes.add(key + ": expected a port from 0 to 65535, found " + kind(value));
    return null;
  }

  /** The whole number, also if it is written as text or with {@code .0}; else null. */
  public static @Nullable Long number(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.canConvertToLong() ? value.longValue() : null;
    }
    if (value.isNumber()) {
      return value.doubleValue() == value.longValue() ? value.longValue() : null;
    }
    return value.isTextual() && DIGITS.matcher(value.textValue()).matches()
        ? Long.valueOf(value.textValue())
        : null;
  }

  /** Whether the value is true; older Falco versions write booleans as text. */
  public static boolean isTrue(JsonNode value, String key, List<String> notes) {
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (value.isTextual() && value.textValue().equals("true")) {
      return true;
    }
    if (!isNothing(value) && !(value.isTextual() && value.textValue().equals("false"))) {
      notes.add(key + ": expected true or false, found " + kind(value));
    }
    return false;
  }

  /** Whether the value is null, empty or Falco's text for a missing value. */
  public static boolean isNothing(JsonNode value) {
    return value.isNull() || (value.isTextual() && isNothing(value.textValue()));
  }

  private static boolean isNothing(String text) {
    return text.isEmpty() || text.equals(NOT_AVAILABLE);
  }

  /** The first value that is not null. */
  public static @Nullable String or(@Nullable String first, @Nullable String second) {
    return first != null ? first : second;
  }

  /** Describes a value's type, for a note. */
  public static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "the number " + shown(value);
      case BOOLEAN -> shown(value);
      case STRING -> "the string " + shown(value);
      case NULL, MISSING, BINARY, POJO -> "nothing";
    };
  }

  /** The value, bounded and visible, for a note. */
  public static String shown(JsonNode value) {
    return HostileText.visible(value.toString(), 40);
  }
}
