package io.cattleguard.route.slack.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.route.slack.SlackEphemeral;
import io.cattleguard.route.slack.message.SlackList.Item;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Value;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that answers to questions fit Slack's format and limits. */
final class SlackListTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant AT = Instant.parse("2026-03-02T09:20:00Z");

  private static ObjectNode shown(List<Item> items) throws JsonProcessingException {
    ObjectNode message =
        (ObjectNode)
            JSON.readTree(SlackEphemeral.json(SlackList.of("Incidents", items, "Next: ask")));
    assertEquals("ephemeral", message.remove("response_type").asText());
    assertFalse(message.remove("replace_original").asBoolean(true));
    assertEquals(List.of(), FakeSlack.SlackRules.objections(message));
    return message;
  }

  private static Item item(String text, int lines) {
    List<Piece> line = List.of(new At(AT), new Words(" · "), new Value(text));
    return new Item(text, Collections.nCopies(lines, line));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "1, 5, 40",
    "20, 1, 1",
    "21, 1, 1",
    "500, 5, 40",
    "3, 200, 300",
    "500, 200, 5000"
  })
  void howeverMuchThereIsOneMessageIsWithinSlacksLimits(int items, int lines, int length)
      throws JsonProcessingException {
    ObjectNode message = shown(Collections.nCopies(items, item("x".repeat(length), lines)));

    int sections = message.path("blocks").size() - 2;
    assertTrue(sections >= Math.min(items, 2), message::toString);
    String note = message.path("blocks").path(sections + 1).toString();
    assertEquals(sections < items, note.contains(items - sections + " more are not shown"), note);
    assertTrue(note.contains("Next: ask"), note);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextStaysText(String what, String text) throws JsonProcessingException {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      items.add(item(text, 3));
    }

    String message = FakeSlack.withoutControls(shown(items).toString());

    assertFalse(message.contains("<") || message.contains(">"), what + ": " + message);
  }

  @Test
  void theFirstItemsAreShown() throws JsonProcessingException {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      items.add(item("number-" + i, 1));
    }

    String message = shown(items).toString();

    assertTrue(message.contains("number-19") && !message.contains("number-20"), message);
  }
}
