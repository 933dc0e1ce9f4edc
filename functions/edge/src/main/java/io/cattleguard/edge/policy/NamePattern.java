package io.cattleguard.edge.policy;

import java.util.List;

/** A name in which {@code *} matches any text. The comparison is case-sensitive. */
public record NamePattern(String text) {
  /** Reads a list of names. */
  public static List<NamePattern> list(PolicyNode node) {
    return node.items().stream().map(NamePattern::read).toList();
  }

  private static NamePattern read(PolicyNode node) {
    if (node.text().isEmpty() || node.text().chars().anyMatch(Character::isWhitespace)) {
      throw node.wrong("expected a name, in which * matches any text");
    }
    return new NamePattern(node.text());
  }

  /** Whether it matches that name. */
  public boolean matches(String name) {
    String[] parts = text.split("\\*", -1);
    if (parts.length == 1) {
      return name.equals(text);
    }
    String last = parts[parts.length - 1];
    if (!name.startsWith(parts[0])
        || !name.endsWith(last)
        || name.length() < parts[0].length() + last.length()) {
      return false;
    }
    int at = parts[0].length();
    int end = name.length() - last.length();
    for (int i = 1; i < parts.length - 1; i++) {
      int found = name.indexOf(parts[i], at);
      if (found < 0 || found + parts[i].length() > end) {
        return false;
      }
      at = found + parts[i].length();
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
