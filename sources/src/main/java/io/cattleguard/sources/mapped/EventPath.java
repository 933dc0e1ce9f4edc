package io.cattleguard.sources.mapped;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * Where a value is in an event: dotted names ({@code agent.name}, {@code findings.0.id}), or a JSON
 * Pointer for names that have dots themselves ({@code /labels/app.kubernetes.io~1name}).
 *
 * @param text as the policy has it
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6901">RFC 6901, JSON Pointer</a>
 */
public record EventPath(String text, JsonPointer pointer) {
  private static final int LONGEST = 200;
  private static final int DEEPEST = 16;

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException if it is none, or longer than any event needs
   */
  public static EventPath of(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      throw new IllegalArgumentException("expected a path of 1 to " + LONGEST + " characters");
    }
    boolean isPointer = text.startsWith("/");
    String[] names = (isPointer ? text.substring(1) : text).split(isPointer ? "/" : "\\.", -1);
    if (names.length > DEEPEST) {
      throw new IllegalArgumentException("expected at most " + DEEPEST + " names, found " + text);
    }
    StringBuilder pointer = new StringBuilder(text.length() + 8);
    for (String name : names) {
      if (name.isEmpty() || name.contains("*") || name.contains("[")) {
        throw new IllegalArgumentException(
            "'"
                + text
                + "' is not a path: expected names with dots between them (agent.name, items.0.id),"
                + " or a JSON Pointer (/agent/name)");
      }
      pointer.append('/').append(isPointer ? name : name.replace("~", "~0").replace("/", "~1"));
    }
    return new EventPath(text, JsonPointer.compile(pointer.toString()));
  }

  /** The value, or a missing node. */
  JsonNode in(JsonNode event) {
    return event.at(pointer);
  }
}
