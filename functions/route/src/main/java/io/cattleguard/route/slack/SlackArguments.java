package io.cattleguard.route.slack;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.slack.api.model.block.ActionsBlock;
import com.slack.api.model.block.ContextBlock;
import com.slack.api.model.block.HeaderBlock;
import com.slack.api.model.block.InputBlock;
import com.slack.api.model.block.LayoutBlock;
import com.slack.api.model.block.SectionBlock;
import com.slack.api.model.block.composition.ConfirmationDialogObject;
import com.slack.api.model.block.composition.MarkdownTextObject;
import com.slack.api.model.block.composition.PlainTextObject;
import com.slack.api.model.block.composition.TextObject;
import com.slack.api.model.block.element.BlockElement;
import com.slack.api.model.block.element.ButtonElement;
import com.slack.api.model.block.element.PlainTextInputElement;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Converts a message to Block Kit, as arguments of Slack's methods. */
final class SlackArguments {
  /** The block of the input field whose reason Slack returns with a pressed button. */
  static final String REASON = "cattleguard.reason";

  private static final int LONGEST_REASON = 300;
  private static final int FIELDS_PER_SECTION = 10;
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .create();

  private SlackArguments() {}

  /** The arguments {@code text} and {@code blocks} of every posting method. */
  static JsonObject of(SlackMessage message) {
    Map<String, Integer> used = new HashMap<>();
    JsonObject arguments = new JsonObject();
    arguments.addProperty("text", SlackText.escape(message.summary()));
    arguments.add(
        "blocks",
        GSON.toJsonTree(message.parts().stream().flatMap(part -> blocks(part, used)).toList()));
    return arguments;
  }

  /** The arguments of {@link #of}, with link previews disabled. */
  static JsonObject quiet(SlackMessage message) {
    JsonObject arguments = of(message);
    arguments.addProperty("unfurl_links", false);
    arguments.addProperty("unfurl_media", false);
    return arguments;
  }

  private static Stream<LayoutBlock> blocks(SlackMessage.Part part, Map<String, Integer> used) {
    return switch (part) {
      case SlackMessage.Heading heading ->
          Stream.of(HeaderBlock.builder().text(plain(heading.text())).build());
      case SlackMessage.Fields fields -> sections(fields.fields()).stream();
      case SlackMessage.Code code -> Stream.of(section(code.label(), code.text()));
      case SlackMessage.Lines lines ->
          Stream.of(section(lines.label(), String.join("\n", lines.lines())));
      case SlackMessage.Facts facts -> Stream.of(SectionBlock.builder().text(facts(facts)).build());
      case SlackMessage.Footnote footnote ->
          Stream.of(
              ContextBlock.builder().elements(List.of(markdown(line(footnote.pieces())))).build());
      case SlackMessage.ReasonInput input -> Stream.of(input(input.label()));
      case SlackMessage.Buttons buttons -> Stream.of(actions(buttons.buttons(), used));
    };
  }

  private static List<LayoutBlock> sections(List<SlackMessage.Field> fields) {
    List<LayoutBlock> sections = new ArrayList<>();
    for (int from = 0; from < fields.size(); from += FIELDS_PER_SECTION) {
      List<TextObject> texts = new ArrayList<>();
      for (SlackMessage.Field field :
          fields.subList(from, Math.min(fields.size(), from + FIELDS_PER_SECTION))) {
        texts.add(markdown("*" + field.label() + "*\n" + piece(field.value())));
      }
      sections.add(SectionBlock.builder().fields(texts).build());
    }
    return sections;
  }

  private static SectionBlock section(String label, String text) {
    return SectionBlock.builder().text(markdown(label, "```", text)).build();
  }

  private static PlainTextObject plain(String text) {
    return PlainTextObject.builder().text(SlackText.escape(text)).emoji(false).build();
  }

  private static MarkdownTextObject markdown(String label, String fence, String text) {
    return markdown("*" + label + "*\n" + fence + SlackText.escape(text) + fence);
  }

  /** Takes text that is escaped already. */
  private static MarkdownTextObject markdown(String escaped) {
    return MarkdownTextObject.builder().text(escaped).verbatim(true).build();
  }

  private static MarkdownTextObject facts(SlackMessage.Facts facts) {
    return markdown(
        "*"
            + SlackText.escape(facts.label())
            + "*\n"
            + facts.lines().stream().map(SlackArguments::line).collect(Collectors.joining("\n")));
  }

  private static String line(List<SlackMessage.Piece> pieces) {
    return pieces.stream().map(SlackArguments::piece).collect(Collectors.joining());
  }

  private static String piece(SlackMessage.Piece piece) {
    return switch (piece) {
      case SlackMessage.Words words -> SlackText.escape(words.text());
      case SlackMessage.Strong strong -> "*" + SlackText.escape(strong.text()) + "*";
      case SlackMessage.Value value ->
          "`" + (value.text().isBlank() ? "(empty)" : SlackText.escape(value.text())) + "`";
      case SlackMessage.At at -> date(at.at());
      case SlackMessage.Link link ->
          "<"
              + SlackText.escape(link.address().toString())
              + "|"
              + SlackText.escape(link.label()).replace('|', ' ')
              + ">";
    };
  }

  /** Shown in the reader's time zone; the text in UTC is for clients that cannot. */
  private static String date(Instant at) {
    return "<!date^"
        + at.getEpochSecond()
        + "^{date_short_pretty} {time_secs}|"
        + at.truncatedTo(ChronoUnit.SECONDS)
        + ">";
  }

  private static InputBlock input(String label) {
    return InputBlock.builder()
        .blockId(REASON)
        .label(plain(label))
        .optional(true)
        .element(
            PlainTextInputElement.builder()
                .actionId(REASON)
                .maxLength(LONGEST_REASON)
                .placeholder(plain("Optional; it is recorded with your name"))
                .build())
        .build();
  }

  private static ActionsBlock actions(
      List<SlackMessage.Button> buttons, Map<String, Integer> used) {
    return ActionsBlock.builder()
        .elements(buttons.stream().<BlockElement>map(button -> button(button, used)).toList())
        .build();
  }

  private static ButtonElement button(SlackMessage.Button button, Map<String, Integer> used) {
    String id = button.actionId();
    int number = used.merge(id, 1, Integer::sum);
    ConfirmationDialogObject confirm =
        button.question().map(question -> confirm(question, button.style())).orElse(null);
    return ButtonElement.builder()
        .actionId(number == 1 ? id : id + "." + number)
        .text(plain(button.text()))
        .value(button.value())
        .style(style(button.style()))
        .confirm(confirm)
        .build();
  }

  private static ConfirmationDialogObject confirm(
      SlackMessage.Question question, SlackMessage.Style style) {
    return ConfirmationDialogObject.builder()
        .title(plain(question.title()))
        .text(plain(question.text()))
        .confirm(plain(question.yes()))
        .deny(plain("Cancel"))
        .style(style(style))
        .build();
  }

  private static @Nullable String style(SlackMessage.Style style) {
    return switch (style) {
      case PLAIN -> null;
      case PRIMARY -> "primary";
      case DANGER -> "danger";
    };
  }
}
