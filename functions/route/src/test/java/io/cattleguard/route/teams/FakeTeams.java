package io.cattleguard.route.teams;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A fake of a Teams workflow, as strict as the schema of Adaptive Cards 1.4 and the size limit of a
 * message.
 */
final class FakeTeams extends FakeServer {
  static final String SIGNATURE = "signature-of-a-test";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Elements in which Teams renders Markdown. */
  private static final Set<String> MARKDOWN = Set.of("TextBlock", "FactSet");

  private final List<JsonNode> cards = new ArrayList<>();

  synchronized List<JsonNode> cards() {
    return List.copyOf(cards);
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    expectHeader(exchange, "Content-Type", "application/json; charset=utf-8");
    if (!("sig=" + SIGNATURE).equals(exchange.getRequestURI().getQuery())) {
      return new Scripted(
          401, "{\"error\":{\"code\":\"DirectApiAuthorizationRequired\",\"message\":\"\"}}");
    }
    if (body.length > 28 * 1024 || new String(body, StandardCharsets.UTF_8).length() > 14 * 1024) {
      violation("more than 28 KB: " + body.length);
      return new Scripted(413, "");
    }
    JsonNode message = JSON.readTree(body);
    JsonNode attachment = message.path("attachments").path(0);
    if (!message.path("type").asText().equals("message")
        || !attachment
            .path("contentType")
            .asText()
            .equals("application/vnd.microsoft.card.adaptive")) {
      violation("no message with a card");
    }
    JsonNode card = attachment.path("content");
    if (!card.path("type").asText().equals("AdaptiveCard")
        || !card.path("version").asText().equals("1.4")
        || card.path("body").isEmpty()) {
      violation("no Adaptive Card 1.4");
    }
    card.path("body").forEach(this::check);
    cards.add(card);
    return new Scripted(202, "");
  }

  private void check(JsonNode element) {
    String type = element.path("type").asText();
    if (MARKDOWN.contains(type) || !type.equals("RichTextBlock")) {
      violation("an element that renders Markdown: " + type);
    }
    for (JsonNode run : element.path("inlines")) {
      if (!run.path("type").asText().equals("TextRun") || run.path("text").asText().isEmpty()) {
        violation("no text: " + run);
      }
      if (run.path("text").asText().contains("{{")) {
        violation("a function: " + run);
      }
    }
  }
}
