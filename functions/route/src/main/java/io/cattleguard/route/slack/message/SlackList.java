package io.cattleguard.route.slack.message;

import io.cattleguard.route.slack.message.SlackMessage.Facts;
import io.cattleguard.route.slack.message.SlackMessage.Footnote;
import io.cattleguard.route.slack.message.SlackMessage.Heading;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Value;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to a question: as many items as one message of Slack can have, the first ones first.
 */
public final class SlackList {
  /** A section has at most 3,000 characters. */
  private static final int ITEM = 2_800;

  private static final int ITEMS = 20;

  /** With the heading and the note below 12,000 characters. */
  private static final int ALL = 10_500;

  /**
   * An item.
   *
   * @param title trusted text, which are read first
   * @param lines each of pieces
   */
  public record Item(String title, List<List<Piece>> lines) {
    /** Copies the lines. */
    public Item {
      lines = lines.stream().map(List::copyOf).toList();
    }
  }

  private SlackList() {}

  /**
   * The message.
   *
   * @param note what to do next, in trusted text
   */
  public static SlackMessage of(String heading, List<Item> items, String note) {
    String title = SlackText.bounded(heading, SlackMessage.HEADING);
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(title));
    int size = 0;
    int shown = 0;
    for (Item item : items) {
      Facts facts = facts(item);
      size += PartSize.of(facts);
      if (shown == ITEMS || size > ALL) {
        break;
      }
      parts.add(facts);
      shown++;
    }
    int left = items.size() - shown;
    String more = left == 0 ? "" : left + " more are not shown here. ";
    parts.add(new Footnote(List.of(new Words(SlackText.bounded(more + note, SlackMessage.LINE)))));
    return new SlackMessage(title, parts);
  }

  private static Facts facts(Item item) {
    String title = SlackText.bounded(item.title(), SlackMessage.NAME);
    List<List<Piece>> lines = new ArrayList<>();
    int size = PartSize.of(new Facts(title, List.of()));
    for (List<Piece> line : item.lines()) {
      List<Piece> bounded = line.stream().map(SlackList::bounded).toList();
      size += 2 + bounded.stream().mapToInt(PartSize::of).sum();
      if (size > ITEM) {
        lines.add(List.of(new Words("…")));
        break;
      }
      lines.add(bounded);
    }
    return new Facts(title, lines);
  }

  private static Piece bounded(Piece piece) {
    return switch (piece) {
      case Words words -> new Words(SlackText.bounded(words.text(), SlackMessage.LINE));
      case SlackMessage.Strong strong ->
          new SlackMessage.Strong(SlackText.bounded(strong.text(), SlackMessage.LINE));
      case Value value -> new Value(SlackText.bounded(value.text(), SlackMessage.LINE));
      case SlackMessage.At at -> at;
      case SlackMessage.Link link -> link;
    };
  }
}
