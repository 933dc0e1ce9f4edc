package io.cattleguard.route.slack;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.slack.api.model.block.ContextBlock;
import com.slack.api.model.block.HeaderBlock;
import com.slack.api.model.block.LayoutBlock;
import com.slack.api.model.block.SectionBlock;
import com.slack.api.model.block.composition.MarkdownTextObject;
import com.slack.api.model.block.composition.PlainTextObject;
import com.slack.api.model.block.composition.TextObject;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Converts a message to Block Kit, as arguments of Slack's methods. */
final class SlackArguments {
  private static final int FIELDS_PER_SECTION = 10;
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .create();

  private SlackArguments() {}

  /** The arguments {@code text} and {@code blocks} of every posting method. */
  static JsonObject of(SlackMessage message) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("text", SlackText.escape(message.summary()));
    arguments.add(
        "blocks",
        GSON.toJsonTree(message.parts().stream().flatMap(SlackArguments::blocks).toList()));
    return arguments;
  }

  /** The arguments of {@link #of}, with link previews disabled. */
  static JsonObject quiet(SlackMessage message) {
    JsonObject arguments = of(message);
    arguments.addProperty("unfurl_links", false);
    arguments.addProperty("unfurl_media", false);
    return arguments;
  }

  private static Stream<LayoutBlock> blocks(SlackMessage.Part part) {
    return switch (part) {
      case SlackMessage.Heading heading ->
          Stream.of(HeaderBlock.builder().text(plain(heading.text())).build());
      case SlackMessage.Fields fields -> sections(fields.fields()).stream();
      case SlackMessage.Code code -> Stream.of(section(code.label(), code.text()));
      case SlackMessage.Lines lines ->
          Stream.of(section(lines.label(), String.join("\n", lines.lines())));
      case SlackMessage.Footnote footnote ->
          Stream.of(ContextBlock.builder().elements(List.of(plain(footnote.text()))).build());
    };
  }

  private static List<LayoutBlock> sections(List<SlackMessage.Field> fields) {
    List<LayoutBlock> sections = new ArrayList<>();
    for (int from = 0; from < fields.size(); from += FIELDS_PER_SECTION) {
      List<TextObject> texts = new ArrayList<>();
      for (SlackMessage.Field field :
          fields.subList(from, Math.min(fields.size(), from + FIELDS_PER_SECTION))) {
        texts.add(markdown(field.label(), "`", field.value()));
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
    return MarkdownTextObject.builder()
        .text("*" + label + "*\n" + fence + SlackText.escape(text) + fence)
        .verbatim(true)
        .build();
  }
}
