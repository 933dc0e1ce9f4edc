package io.cattleguard.route.slack.message;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Slack message as parts, rendered as Block Kit or, for a terminal, by {@link SlackPreview}.
 *
 * <p>Every text in it is visible and bounded; the renderer escapes it. The bounds keep the message
 * below 12,000 characters: Slack documents 3,000 characters per section and 50 blocks, and rejects
 * more than about 13,200 characters in total.
 *
 * @param summary one line, for notifications and screen readers
 * @see <a href="https://docs.slack.dev/reference/block-kit/blocks">Block Kit</a>
 */
public record SlackMessage(String summary, List<Part> parts) {
  static final int NAME = 200;
  static final int LINE = 300;
  static final int LONG = 2_000;
  static final int HEADING = 145;
  static final Pattern QUESTION_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,300}");

  /** A part of a message. */
  public sealed interface Part {}

  /** The headline. */
  public record Heading(String text) implements Part {}

  /** Labels with values. */
  public record Fields(List<Field> fields) implements Part {}

  /** A label with its value. */
  public record Field(String label, Piece value) {}

  /** A text shown verbatim. */
  public record Code(String label, String text) implements Part {}

  /** One or more sentences under a label. */
  public record Lines(String label, List<String> lines) implements Part {}

  /** Lines of pieces under a label; each piece is rendered by its type. */
  public record Facts(String label, List<List<Piece>> lines) implements Part {
    /** Copies the lines. */
    public Facts {
      lines = lines.stream().map(List::copyOf).toList();
    }
  }

  /** Details in small print. */
  public record Footnote(List<Piece> pieces) implements Part {
    /** Copies the pieces. */
    public Footnote {
      pieces = List.copyOf(pieces);
    }
  }

  /** A field in which the person who presses a button may write why. */
  public record ReasonInput(String label) implements Part {}

  /** Buttons in a row. */
  public record Buttons(List<Button> buttons) implements Part {
    /** Copies the buttons. */
    public Buttons {
      buttons = List.copyOf(buttons);
    }
  }

  /**
   * A button.
   *
   * @param actionId the same for all buttons with the same effect
   * @param value as {@link CommandButton#value} or {@link QuestionButton#value} wrote it
   * @param question shown for confirmation before the command is given; empty for a button that
   *     changes nothing
   */
  public record Button(
      String text, String actionId, String value, Style style, Optional<Question> question) {}

  /** The style of a button. */
  public enum Style {
    PLAIN,
    PRIMARY,
    DANGER
  }

  /** The confirmation for a person who pressed a button. */
  public record Question(String title, String text, String yes) {}

  /** A piece of a line. */
  public sealed interface Piece {}

  /** Trusted text. */
  public record Words(String text) implements Piece {}

  /** Trusted text that screen readers read first. */
  public record Strong(String text) implements Piece {}

  /** Text that an event may have brought, shown verbatim. */
  public record Value(String text) implements Piece {}

  /** A time, shown in the reader's time zone. */
  public record At(Instant at) implements Piece {}

  /** A link. Its address is complete and encoded. */
  public record Link(String label, URI address) implements Piece {}

  /** Copies the parts. */
  public SlackMessage {
    parts = List.copyOf(parts);
  }

  /**
   * The message of an incident: its state, its most severe alert, its rules, its kill chain, the
   * responses, and the commands that are possible now. The incident must have an alert.
   */
  public static SlackMessage incident(Told told, SlackView view) {
    return IncidentMessage.of(told, view);
  }

  /** The message of an alert: the problem, its place, its score with the reasons, and its count. */
  public static SlackMessage alert(ScoredAlert scored) {
    return AlertMessage.of(scored);
  }

  /** The reply in an alert's thread: what was done, or why nothing was done. */
  public static SlackMessage outcome(ResponseDecided decided) {
    return OutcomeMessage.reply(decided);
  }

  /** Alert and outcome in one message, for channels without threads. */
  public static SlackMessage alertWithOutcome(ResponseDecided decided) {
    return OutcomeMessage.withItsAlert(decided);
  }

  /** The message of a notice in a channel with threads and without buttons. */
  public static SlackMessage of(Notice notice) {
    return of(notice, SlackView.PLAIN);
  }

  /** The message of a notice in a channel with threads: an outcome is a reply to its alert. */
  public static SlackMessage of(Notice notice, SlackView view) {
    return switch (notice) {
      case Notice.Scored scored -> AlertMessage.ofNotice(scored.scored());
      case Notice.Decided decided -> outcome(decided.decided());
      case Notice.Commanded commanded -> CommandMessage.of(commanded.command(), view);
    };
  }

  /** The message of a notice in a channel without threads: an outcome repeats its alert. */
  public static SlackMessage whole(Notice notice) {
    return switch (notice) {
      case Notice.Scored scored -> AlertMessage.ofNotice(scored.scored());
      case Notice.Decided decided -> alertWithOutcome(decided.decided());
      case Notice.Commanded commanded -> CommandMessage.of(commanded.command(), SlackView.PLAIN);
    };
  }

  /** As many bounded lines as fit, and the number of omitted lines. */
  static List<String> bounded(List<String> lines, int budget) {
    List<String> kept = new ArrayList<>();
    int left = budget;
    for (int i = 0; i < lines.size(); i++) {
      String line = SlackText.bounded(lines.get(i), Math.min(budget, LINE));
      left -= SlackText.cost(line) + 2;
      if (left < 0) {
        kept.add("… [" + (lines.size() - i) + " more omitted]");
        break;
      }
      kept.add(line);
    }
    return kept;
  }

  /** Adds a field with a bounded value, if there is one. */
  static void add(List<Field> fields, String label, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      fields.add(new Field(label, value(value, NAME)));
    }
  }

  /** A bounded value. */
  static Value value(String text, int limit) {
    return new Value(SlackText.bounded(text, limit));
  }
}
