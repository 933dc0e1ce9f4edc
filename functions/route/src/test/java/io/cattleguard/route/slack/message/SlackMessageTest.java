package io.cattleguard.route.slack.message;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notices;
import io.cattleguard.route.slack.FakeSlack;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SlackMessageTest {
  private static final Pattern HIDDEN =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}&&[^\\n]]");

  private static Stream<SlackMessage> everyKind(Notices notices, String text) {
    ResponseDecided decided =
        new ResponseDecided(
            notices.scored(),
            text,
            text,
            text,
            ResponseOutcome.REFUSED,
            List.of(text, text),
            text,
            T0,
            T0.plusSeconds(60));
    return Stream.of(
        SlackMessage.alert(notices.scored()),
        SlackMessage.outcome(decided),
        SlackMessage.alertWithOutcome(decided));
  }

  @Test
  void anAlertSaysWhatWhereHowBadAndWhy() {
    List<Points> reasons =
        List.of(
            new Points(60, "the source calls it critical"),
            new Points(35, "the container is privileged"),
            new Points(-10, "seen on this workload before"));

    String message =
        String.join(
            "\n",
            SlackPreview.lines(
                SlackMessage.alert(
                    Notices.alert().reasons(reasons).repeated(7, T0.plusSeconds(65)).scored()),
                "#security"));

    assertEquals(
        """
        ┌─ #security
        │ Critical · score 85 of 100 · Terminal shell in container
        │ Workload          Deployment/web
        │ Pod               shop/web-1
        │ Container         web
        │ Image             registry.example.com/web:1.0
        │ Node              node-a in prod
        │ Process           /bin/bash
        │ Parent process    nginx
        │ User              root
        │ Peer              outbound tcp 203.0.113.9 port 4444
        │ Class and source  runtime falco
        │ Command line      bash -i
        │ Why score 85       +60  the source calls it critical
        │                    +35  the container is privileged
        │                    -10  seen on this workload before
        │                     85  in all
        │ Seen 7 times on one object · first 2026-01-01T12:00:00Z · last 2026-01-01T12:01:05Z · f1
        └─\
        """,
        message);
  }

  @Test
  void anOutcomeSaysWhatWasDoneOrEveryObjection() {
    String message =
        String.join(
            "\n",
            SlackPreview.lines(
                SlackMessage.outcome(
                    Notices.alert()
                        .decided(
                            ResponseOutcome.REFUSED,
                            "namespace kube-system is protected",
                            "it is the last ready pod")),
                "#security"));

    assertTrue(message.contains("Not done: a guard-rail objected · delete-pod"), message);
    assertTrue(message.contains("namespace kube-system is protected"), message);
    assertTrue(message.contains("it is the last ready pod"), message);
    assertTrue(message.contains("pod shop/web-1 (uid 1111"), message);
    assertTrue(message.contains("reverse-shell"), message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextPagesNobodyLinksNowhereAndFitsSlack(String what, String text) {
    everyKind(HostileNotices.everywhere(text), text)
        .forEach(
            message -> {
              JsonNode json = message.toJson();
              assertEquals(List.of(), FakeSlack.SlackRules.objections(json), what);
              for (String shown : texts(json)) {
                assertFalse(shown.contains("<") || shown.contains(">"), shown);
                assertFalse(HIDDEN.matcher(shown).find(), shown);
              }
              assertTrue(json.path("text").asText().length() < 1_000);
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextStaysInsideItsCodeSpan(String what, String text) {
    everyKind(HostileNotices.everywhere(text), text)
        .flatMap(message -> texts(message.toJson()).stream())
        .filter(shown -> shown.startsWith("*"))
        .forEach(
            shown -> {
              String body = shown.substring(shown.indexOf('\n') + 1);
              String fence = body.startsWith("```") ? "```" : "`";
              assertTrue(body.startsWith(fence) && body.endsWith(fence), shown);
              String inside = body.substring(fence.length(), body.length() - fence.length());
              assertFalse(inside.contains("`"), shown);
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextMovesNoCursorInTheTerminal(String what, String text) {
    everyKind(HostileNotices.everywhere(text), text)
        .flatMap(
            message ->
                SlackPreview.lines(message, text.substring(0, Math.min(9, text.length()))).stream())
        .forEach(
            line -> {
              assertFalse(HIDDEN.matcher(line).find() || line.contains("\n"), line);
              assertTrue(line.codePointCount(0, line.length()) <= 100, line);
            });
  }

  @Test
  void aPodNamedToLookLikeMarkupIsShownAsItsName() {
    String name = "</blocks>`*<!channel>*`";

    JsonNode json = SlackMessage.alert(Notices.alert().pod(name).scored()).toJson();

    assertTrue(
        texts(json).contains("*Pod*\n`shop/&lt;/blocks&gt;ˋ*&lt;!channel&gt;*ˋ`"), json.toString());
  }

  @Test
  void whatIsCutIsSaid() {
    String preview =
        String.join(
            "",
            SlackPreview.lines(
                SlackMessage.alert(Notices.alert().commandLine("A".repeat(1_048_576)).scored()),
                "#security"));

    assertTrue(preview.contains("… [cut, 1,048,576 characters in all]"), preview);
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
      JsonNode json = message.toJson();
      assertEquals(List.of(), FakeSlack.SlackRules.objections(json));
      assertTrue(json.toString().contains("more left out]"), json.toString());
    }
  }

  @Test
  void anAlertOfWhichLittleIsKnownIsStillAMessage() {
    Notices bare = Notices.alert().rule(null).pod(null).node(null).commandLine(null);

    JsonNode json = SlackMessage.alert(bare.scored()).toJson();

    assertEquals(List.of(), FakeSlack.SlackRules.objections(json));
    assertFalse(json.toString().contains("null"), json.toString());
  }

  @ParameterizedTest(name = "{0} is escaped to {1}")
  @CsvSource({
    "<, &lt;",
    ">, &gt;",
    "&, &amp;",
    "&amp;, &amp;amp;",
    "a'\"b, a'\"b",
    "`, ˋ",
    "ä€, ä€"
  })
  void exactlyWhatSlackWantsIsEscaped(String text, String escaped) {
    assertEquals(escaped, SlackText.escape(text));
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
