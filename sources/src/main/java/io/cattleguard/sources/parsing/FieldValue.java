package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one value of Falco's, Tetragon's or GuardDuty's: absent, of the type that belongs there, or
 * of another type, which costs the field and leaves a note.
 */
public final class FieldValue {
  /** How Falco writes a field that has no value. */
  private static final String NOT_AVAILABLE = "<NA>";

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
      notes.add(key + ": expected a text, found " + kind(value));
    }
    return null;
  }

  /** The text where it is one; the field may rightly hold other types. */
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
    if (value.isInt() && value.intValue() >= 0 && value.intValue() <= HIGHEST_PORT) {
      return value.intValue();
    }
    notes.add(key + ": expected a port from 0 to 65535, found " + kind(value));
    return null;
  }

  /** Whether it is true; Falco's older versions write truth as text. */
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

  /** Null, empty, or what Falco writes for it. */
  public static boolean isNothing(JsonNode value) {
    return value.isNull() || (value.isTextual() && isNothing(value.textValue()));
  }

  private static boolean isNothing(String text) {
    return text.isEmpty() || text.equals(NOT_AVAILABLE);
  }

  /** The first that is there. */
  public static @Nullable String or(@Nullable String first, @Nullable String second) {
    return first != null ? first : second;
  }

  /** What a value is, in words for a note. */
  public static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "the number " + shown(value);
      case BOOLEAN -> shown(value);
      case STRING -> "the text " + shown(value);
      case NULL, MISSING, BINARY, POJO -> "nothing";
    };
  }

  /** The value for a note, short and visible. */
  public static String shown(JsonNode value) {
    return HostileText.visible(value.toString(), 40);
  }
}
