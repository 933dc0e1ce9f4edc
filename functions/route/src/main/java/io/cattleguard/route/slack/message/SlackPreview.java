package io.cattleguard.route.slack.message;

import io.cattleguard.events.HostileText;
import java.util.ArrayList;
import java.util.List;

/** Renders a Slack message as plain text for a terminal, without escape sequences. */
public final class SlackPreview {
  private static final int WIDTH = 96;
  private static final int LABEL = 17;

  private SlackPreview() {}

  /**
   * The lines of the message, without line ends.
   *
   * @param channel the channel of the message
   */
  public static List<String> lines(SlackMessage message, String channel) {
    List<String> lines = new ArrayList<>();
    lines.add("┌─ " + clean(channel));
    for (SlackMessage.Part part : message.parts()) {
      switch (part) {
        case SlackMessage.Heading heading -> add(lines, "", heading.text());
        case SlackMessage.Fields fields ->
            fields.fields().forEach(field -> add(lines, field.label(), field.value()));
        case SlackMessage.Code code -> add(lines, code.label(), code.text());
        case SlackMessage.Lines several -> {
          String label = several.label();
          for (String line : several.lines()) {
            add(lines, label, line);
            label = " ";
          }
        }
        case SlackMessage.Footnote footnote -> add(lines, "", footnote.text());
      }
    }
    lines.add("└─");
    return lines;
  }

  private static void add(List<String> lines, String label, String text) {
    String start = label.isEmpty() ? "" : String.format("%-" + LABEL + "s ", label);
    String clean = clean(text);
    int at = 0;
    do {
      int end = Math.min(clean.length(), at + WIDTH - start.length());
      if (end < clean.length() && Character.isHighSurrogate(clean.charAt(end - 1))) {
        end--;
      }
      lines.add("│ " + start + clean.substring(at, end));
      start = " ".repeat(start.length());
      at = end;
    } while (at < clean.length());
  }

  /**
   * The parts are already clean. Clean them again, because escape sequences are dangerous in a
   * terminal.
   */
  private static String clean(String text) {
    return HostileText.visible(text, Integer.MAX_VALUE);
  }
}
