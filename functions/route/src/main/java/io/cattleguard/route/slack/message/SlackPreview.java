package io.cattleguard.route.slack.message;

import io.cattleguard.events.HostileText;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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
            fields.fields().forEach(field -> add(lines, field.label(), text(field.value())));
        case SlackMessage.Code code -> add(lines, code.label(), code.text());
        case SlackMessage.Lines several -> {
          String label = several.label();
          for (String line : several.lines()) {
            add(lines, label, line);
            label = " ";
          }
        }
        case SlackMessage.Facts facts -> {
          String label = facts.label();
          for (List<SlackMessage.Piece> line : facts.lines()) {
            add(lines, label, text(line));
            label = " ";
          }
        }
        case SlackMessage.Footnote footnote -> add(lines, "", text(footnote.pieces()));
        case SlackMessage.ReasonInput input -> add(lines, input.label(), "[            ]");
        case SlackMessage.Buttons buttons ->
            add(
                lines,
                "",
                buttons.buttons().stream()
                    .map(button -> "[ " + button.text() + " ]")
                    .collect(Collectors.joining("  ")));
      }
    }
    lines.add("└─");
    return lines;
  }

  private static String text(List<SlackMessage.Piece> line) {
    return line.stream().map(SlackPreview::text).collect(Collectors.joining());
  }

  private static String text(SlackMessage.Piece piece) {
    return switch (piece) {
      case SlackMessage.Words words -> words.text();
      case SlackMessage.Strong strong -> strong.text();
      case SlackMessage.Value value -> value.text();
      case SlackMessage.At at -> at.at().truncatedTo(ChronoUnit.SECONDS).toString();
      case SlackMessage.Link link -> link.label() + ": " + link.address();
    };
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
