package io.cattleguard.route.teams;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.route.IncidentUrl;
import io.cattleguard.route.Notice;
import io.cattleguard.route.brief.Brief;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A notice as a message with an Adaptive Card. Every text is a {@code TextRun}, in which Teams
 * renders no Markdown, so an alert can neither format, link nor mention.
 *
 * @see <a href="https://adaptivecards.io/explorer/TextRun.html">TextRun</a>
 */
final class TeamsCard {
  /** Teams takes about 28 KB, and may count two bytes for each character. */
  static final int CHARACTERS = 14_000;

  static final int BYTES = 28_000;

  private static final int[] LONGEST = {400, 200, 100, 40};
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private TeamsCard() {}

  /** The message: with shorter values if it would be too large. */
  static String of(Notice notice, Optional<String> incidentUrl) {
    Brief brief = Brief.of(notice);
    Optional<String> url =
        notice instanceof Notice.About about
            ? incidentUrl.flatMap(template -> IncidentUrl.of(template, about.scored().incidentId()))
            : Optional.empty();
    String message = "";
    for (int longest : LONGEST) {
      message = message(brief, url, longest).toString();
      if (message.length() <= CHARACTERS
          && message.getBytes(StandardCharsets.UTF_8).length <= BYTES) {
        return message;
      }
    }
    return message;
  }

  private static ObjectNode message(Brief brief, Optional<String> url, int longest) {
    ObjectNode message = JSON.objectNode().put("type", "message");
    ObjectNode attachment = message.putArray("attachments").addObject();
    attachment.put("contentType", "application/vnd.microsoft.card.adaptive");
    attachment.putNull("contentUrl");
    ObjectNode card = attachment.putObject("content");
    card.put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    card.put("type", "AdaptiveCard");
    card.put("version", "1.4");
    card.putObject("msteams").put("width", "Full");
    ArrayNode body = card.putArray("body");
    run(paragraph(body), shown(brief.line(), longest))
        .put("size", "Medium")
        .put("weight", "Bolder");
    for (Brief.Fact fact : brief.facts()) {
      ArrayNode inlines = paragraph(body, "None");
      run(inlines, fact.label() + ": ").put("isSubtle", true);
      run(inlines, shown(fact.value(), longest))
          .put("fontType", fact.label().equals("Command line") ? "Monospace" : "Default");
    }
    for (String sentence : brief.sentences()) {
      run(paragraph(body), shown(sentence, longest));
    }
    url.ifPresent(
        address ->
            card.putArray("actions")
                .addObject()
                .put("type", "Action.OpenUrl")
                .put("title", "Incident")
                .put("url", address));
    return message;
  }

  private static ArrayNode paragraph(ArrayNode body) {
    return paragraph(body, "Default");
  }

  private static ArrayNode paragraph(ArrayNode body, String spacing) {
    return body.addObject()
        .put("type", "RichTextBlock")
        .put("spacing", spacing)
        .putArray("inlines");
  }

  private static ObjectNode run(ArrayNode inlines, String text) {
    return inlines.addObject().put("type", "TextRun").put("text", text);
  }

  /** {@code {{DATE(…)}}} would be replaced by a date. */
  private static String shown(String text, int longest) {
    return HostileText.visible(text, longest).replace("{{", "{ {");
  }
}
