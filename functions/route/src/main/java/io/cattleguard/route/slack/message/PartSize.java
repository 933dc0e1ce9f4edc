package io.cattleguard.route.slack.message;

import java.util.List;

/** Maximum number of characters of a part as JSON of Block Kit. */
final class PartSize {
  private static final int BLOCK = 90;
  private static final int TEXT = 60;
  private static final int DATE = 80;
  private static final int BUTTON = 420;
  private static final int INPUT = 420;

  private PartSize() {}

  static int of(SlackMessage.Part part) {
    return BLOCK
        + switch (part) {
          case SlackMessage.Heading heading -> TEXT + SlackText.cost(heading.text());
          case SlackMessage.Fields fields ->
              fields.fields().stream()
                  .mapToInt(one -> TEXT + one.label().length() + 8 + of(one.value()))
                  .sum();
          case SlackMessage.Code code -> TEXT + 20 + SlackText.cost(code.text());
          case SlackMessage.Lines lines ->
              TEXT
                  + 20
                  + lines.label().length()
                  + lines.lines().stream().mapToInt(one -> 2 + SlackText.cost(one)).sum();
          case SlackMessage.Facts facts ->
              TEXT
                  + SlackText.cost(facts.label())
                  + facts.lines().stream().mapToInt(line -> 2 + of(line)).sum();
          case SlackMessage.Footnote footnote -> TEXT + of(footnote.pieces());
          case SlackMessage.ReasonInput ignored -> INPUT;
          case SlackMessage.Buttons buttons ->
              buttons.buttons().stream().mapToInt(PartSize::of).sum();
        };
  }

  private static int of(SlackMessage.Button button) {
    return BUTTON
        + SlackText.cost(button.text())
        + SlackText.cost(button.value())
        + button
            .question()
            .map(one -> SlackText.cost(one.title()) + SlackText.cost(one.text()))
            .orElse(0);
  }

  private static int of(List<SlackMessage.Piece> pieces) {
    return pieces.stream().mapToInt(PartSize::of).sum();
  }

  static int of(SlackMessage.Piece piece) {
    return switch (piece) {
      case SlackMessage.Words words -> SlackText.cost(words.text());
      case SlackMessage.Strong strong -> 2 + SlackText.cost(strong.text());
      case SlackMessage.Value value -> 2 + SlackText.cost(value.text());
      case SlackMessage.At ignored -> DATE;
      case SlackMessage.Link link ->
          3 + SlackText.cost(link.label()) + 2 * link.address().toString().length();
    };
  }
}
