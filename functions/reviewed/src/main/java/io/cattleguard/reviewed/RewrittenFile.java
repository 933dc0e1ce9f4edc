package io.cattleguard.reviewed;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.models.Model;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The new text of a model's file, with the comments and the line ends of the file that people
 * reviewed. A comment belongs to the line that it is on or before, and moves with that line.
 */
public final class RewrittenFile {
  private static final String LAST = "";

  /**
   * What people wrote beside the model, by the line that it belongs to.
   *
   * @param before lines of comments, or empty lines
   * @param behind the comment at the end of the line; empty if there is none
   */
  private record Comment(List<String> before, String behind) {}

  private RewrittenFile() {}

  /**
   * The text. It is read back: no function starts with a file that it cannot read.
   *
   * @param older the text of the file; empty if there is none
   * @throws PolicyException if it could not be read
   */
  public static String of(String name, String older, Model newer) {
    String plain = ModelText.of(newer);
    Model read = ModelFiles.model(name, plain);
    String commented = with(comments(older), plain);
    String text = isRead(name, commented, read) ? commented : plain;
    return older.contains("\r\n") ? text.replace("\n", "\r\n") : text;
  }

  private static boolean isRead(String name, String text, Model expected) {
    try {
      return ModelFiles.model(name, text).equals(expected);
    } catch (PolicyException e) {
      return false;
    }
  }

  private static Map<String, Comment> comments(String text) {
    Map<String, Comment> comments = new HashMap<>();
    List<String> before = new ArrayList<>();
    String section = "";
    for (String line : text.lines().toList()) {
      if (isComment(line)) {
        before.add(line);
        continue;
      }
      section = section(line, section);
      comments.putIfAbsent(
          owner(line, section), new Comment(List.copyOf(before), line.substring(end(line))));
      before.clear();
    }
    comments.put(LAST, new Comment(List.copyOf(before), ""));
    return comments;
  }

  private static String with(Map<String, Comment> comments, String text) {
    Comment none = new Comment(List.of(), "");
    List<String> lines = new ArrayList<>();
    String section = "";
    for (String line : text.lines().toList()) {
      section = section(line, section);
      Comment comment = comments.getOrDefault(owner(line, section), none);
      lines.addAll(comment.before());
      boolean isOurs = comment.behind().isEmpty();
      lines.add(isOurs ? line : line.substring(0, end(line)) + comment.behind());
    }
    lines.addAll(comments.getOrDefault(LAST, none).before());
    return String.join("\n", lines) + "\n";
  }

  /**
   * Whether a line is of people: an empty one, or a comment that {@link ModelText} does not write.
   */
  private static boolean isComment(String line) {
    String text = line.strip();
    return text.isEmpty() || (text.startsWith("#") && !ModelText.COMMENTS.contains(text));
  }

  private static String section(String line, String section) {
    boolean isKey = !line.isEmpty() && Character.isLetter(line.charAt(0));
    return isKey ? line.replaceAll(":.*", "") : section;
  }

  /** What a line is about, whatever its counts are. */
  private static String owner(String line, String section) {
    String text = line.substring(0, end(line));
    boolean isItem = text.stripLeading().startsWith("-");
    String about = isItem ? text.strip().replaceFirst("^(.*), count: [0-9]+, first: .*", "$1") : "";
    return section + "\n" + (text.startsWith("#") ? text : about);
  }

  /** Where the comment at the end of a line begins, with the spaces before it. */
  private static int end(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote == '"' && c == '\\') {
        i++;
      } else if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote == 0 && c == '#' && i > 0 && Character.isWhitespace(line.charAt(i - 1))) {
        return line.substring(0, i).stripTrailing().length();
      }
    }
    return line.length();
  }
}
