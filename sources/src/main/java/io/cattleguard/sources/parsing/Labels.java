package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pod's labels as sorted texts {@code key=value}. Sources write them as an object, as a
 * list, or as one text.
 */
public final class Labels {
  /** Labels that an alert keeps. */
  private static final int MOST = 64;

  /** The longest label: a key of 253 + 1 + 63 characters, {@code =}, and a value of 63. */
  private static final int LONGEST = 381;

  private Labels() {}

  /**
   * Reads an object ({@code {"app": "web"}}), a list ({@code ["app=web"]}, also with colons) or a
   * text ({@code app=web,tier=front} or {@code app:web, tier:front}).
   *
   * @param key the field's path, for notes
   */
  public static List<String> read(@Nullable JsonNode value, String key, List<String> notes) {
    if (value == null || FieldValue.isNothing(value)) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        if (field.getValue().isValueNode()) {
          found.add(field.getKey() + "=" + field.getValue().asText());
        }
      }
    } else if (value.isArray()) {
      value.forEach(one -> found.add(withEquals(one.asText())));
    } else if (value.isTextual()) {
      for (String one : value.textValue().split(",", -1)) {
        found.add(withEquals(one.strip()));
      }
    } else {
      notes.add(key + ": expected labels, found " + FieldValue.kind(value));
    }
    return bounded(found, key, notes);
  }

  /** A label with a colon in place of the equals sign, as Falco writes it. */
  private static String withEquals(String label) {
    return label.indexOf('=') >= 0 ? label : label.replaceFirst(":", "=");
  }

  private static List<String> bounded(List<String> found, String key, List<String> notes) {
    TreeSet<String> kept = new TreeSet<>();
    int leftOut = 0;
    for (String label : found) {
      if (label.indexOf('=') <= 0 || label.length() > LONGEST) {
        leftOut += label.isEmpty() ? 0 : 1;
      } else {
        kept.add(HostileText.visible(label));
      }
    }
    while (kept.size() > MOST) {
      kept.pollLast();
      leftOut++;
    }
    if (leftOut > 0) {
      notes.add(
          key
              + ": "
              + leftOut
              + " left out (not key=value, longer than "
              + LONGEST
              + " characters, or more than "
              + MOST
              + ")");
    }
    return List.copyOf(kept);
  }
}
