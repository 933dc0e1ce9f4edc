package io.cattleguard.route.slack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notices;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackMessageTest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SlackArgumentsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern HIDDEN =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}&&[^\\n]]");

  /** The text outside of code spans, which is ours. */
  private static final Pattern OURS =
      Pattern.compile("[A-Za-z0-9 ,.:·…*\\n-]*(more in the thread)?[A-Za-z0-9 ,.:·…*\\n-]*");

  /** The arguments, as Slack reads them. */
  private static JsonNode json(SlackMessage message) {
    try {
      return JSON.readTree(SlackArguments.of(message).toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextPagesNobodyLinksNowhereAndFitsSlack(String what, String text) {
    SlackMessageTest.everyKind(HostileNotices.everywhere(text), text)
        .forEach(
            message -> {
              JsonNode json = json(message);
              assertEquals(List.of(), FakeSlack.SlackRules.objections(json), what);
              for (String shown : texts(json)) {
                String rest = FakeSlack.withoutControls(shown);
                assertFalse(rest.contains("<") || rest.contains(">"), shown);
                assertFalse(HIDDEN.matcher(shown).find(), shown);
              }
              assertTrue(json.path("text").asText().length() < 1_000);
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextStaysInsideItsCodeSpan(String what, String text) {
    SlackMessageTest.everyKind(HostileNotices.everywhere(text), text)
        .flatMap(message -> texts(json(message)).stream())
        .filter(shown -> shown.startsWith("*") && !shown.startsWith("*Links*"))
        .forEach(
            shown -> {
              String body =
                  FakeSlack.withoutControls(shown.substring(shown.indexOf('\n') + 1))
                      .replace("```", "`");
              String[] outside = body.split("`", -1);
              assertEquals(1, outside.length % 2, shown);
              for (int i = 0; i < outside.length; i += 2) {
                assertTrue(OURS.matcher(outside[i]).matches(), outside[i] + " in " + shown);
              }
            });
  }

  @Test
  void aPodNamedToLookLikeMarkupIsShownAsItsName() {
    String name = "</blocks>`*<!channel>*`";

    JsonNode json = json(SlackMessage.alert(Notices.alert().pod(name).scored()));

    assertTrue(
        texts(json).contains("*Pod*\n`shop/&lt;/blocks&gt;ˋ*&lt;!channel&gt;*ˋ`"), json.toString());
  }

  @Test
  void manyReasonsAndObjectionsAreCutToWhatFitsAndTheRestIsCounted() {
    List<Points> reasons = new ArrayList<>();
    List<String> objections = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      reasons.add(new Points(1, "reason " + i + " <".repeat(200)));
      objections.add("objection " + i + " &".repeat(200));
    }
    ResponseDecided decided =
        Notices.alert()
            .reasons(reasons)
            .decided(ResponseOutcome.REFUSED, objections.toArray(String[]::new));

    for (SlackMessage message :
        List.of(
            SlackMessage.alert(decided.scored()),
            SlackMessage.outcome(decided),
            SlackMessage.alertWithOutcome(decided))) {
      JsonNode json = json(message);
      assertEquals(List.of(), FakeSlack.SlackRules.objections(json));
      assertTrue(json.toString().contains("more omitted]"), json.toString());
    }
  }

  @Test
  void anAlertOfWhichLittleIsKnownIsStillAMessage() {
    Notices bare = Notices.alert().rule(null).pod(null).node(null).commandLine(null);

    JsonNode json = json(SlackMessage.alert(bare.scored()));

    assertEquals(List.of(), FakeSlack.SlackRules.objections(json));
    assertFalse(json.toString().contains("null"), json.toString());
  }

  private static List<String> texts(JsonNode json) {
    List<String> texts = new ArrayList<>();
    texts.add(json.path("text").asText());
    json.path("blocks").findValues("text").stream()
        .filter(JsonNode::isTextual)
        .forEach(text -> texts.add(text.asText()));
    for (JsonNode block : json.path("blocks")) {
      texts.add(block.path("text").path("text").asText("-"));
      block.path("fields").forEach(field -> texts.add(field.path("text").asText()));
      block.path("elements").forEach(element -> texts.add(element.path("text").asText()));
    }
    return texts;
  }
}
