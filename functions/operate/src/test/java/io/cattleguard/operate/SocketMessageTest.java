package io.cattleguard.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.Question;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the messages of Socket Mode, and the commands in them. */
final class SocketMessageTest {
  private static final Instant NOW = TestSlack.NOW;
  private static final String ANNA = "U0EXAMPLE";
  private static final List<IdentityPattern> ONLY_ANNA =
      List.of(new IdentityPattern("slack:" + ANNA));

  private final Operate operate =
      new Operate(
          new Operators(
              Map.of(
                  Verb.UNDO, ONLY_ANNA,
                  Verb.SILENCE, ONLY_ANNA,
                  Verb.STOP, ONLY_ANNA)),
          Set.of());

  private static SocketMessage.Request request(String type, JsonNode payload) {
    ObjectNode envelope = JsonNodeFactory.instance.objectNode();
    envelope.put("envelope_id", "dbdd0ef3-1543-4f94-bfb4-133d0e6c1545").put("type", type);
    envelope.put("accepts_response_payload", type.equals("slash_commands"));
    envelope.set("payload", payload);
    return assertInstanceOf(SocketMessage.Request.class, SocketMessage.read(envelope.toString()));
  }

  private static ObjectNode typed(String user, String text) {
    return TestSlack.typedJson(user, text);
  }

  private Decision decide(String type, JsonNode payload, Instant at) {
    return operate.decide(request(type, payload), at);
  }

  private OperatorCommand commanded(String type, JsonNode payload, Instant at) {
    return assertInstanceOf(Decision.Commanded.class, decide(type, payload, at)).command();
  }

  @Test
  void aPressIsTheSameCommandAsOverHttp() {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    Decision overHttp =
        operate.decide(TestSlack.signed(TestSlack.form(press), NOW), TestSlack.SECRET, NOW);

    assertEquals(overHttp, decide("interactive", press, NOW));
    assertInstanceOf(Decision.Commanded.class, overHttp);
  }

  @Test
  void aSlashCommandThatComesAgainLaterIsTheSameCommand() {
    ObjectNode stop = typed(ANNA, "stop a drill");
    String first = commanded("slash_commands", stop, NOW).id();

    assertEquals(first, commanded("slash_commands", stop, NOW.plusSeconds(70)).id());
    ObjectNode other = stop.deepCopy().put("trigger_id", "13345224609.738474920.0");
    assertNotEquals(first, commanded("slash_commands", other, NOW).id());
    ObjectNode silence = typed(ANNA, "silence b1946ac92492d2347c6235b4d2611184 1h known");
    assertEquals(
        commanded("slash_commands", silence, NOW).about().silence(),
        commanded("slash_commands", silence, NOW.plusSeconds(70)).about().silence());
  }

  @ParameterizedTest
  @CsvSource({"-301, true", "-299, false", "299, false", "301, true"})
  void aPressIsTakenForFiveMinutes(long seconds, boolean late) {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());

    Decision decision = decide("interactive", press, NOW.minusSeconds(seconds));

    assertEquals(late ? "late" : "published", decision.counter());
    if (decision instanceof Decision.Rejected rejected) {
      Report report = rejected.report().orElseThrow();
      assertEquals("slack:" + ANNA, report.command().who().identity());
      assertEquals(Verb.UNDO, report.command().command());
      Decision.Told told = rejected.told().orElseThrow();
      assertEquals(URI.create(TestSlack.ANSWER_TO), told.address());
      assertTrue(
          told.text().startsWith("Nothing was done: your press of Undo came more than 5 min"),
          told.text());
    }
  }

  @Test
  void whoMayNotIsToldAndReported() {
    Decision.Answered stranger =
        assertInstanceOf(
            Decision.Answered.class,
            decide("interactive", TestSlack.press("U0OTHER", TestSlack.undo()), NOW));

    assertEquals("refused", stranger.counter());
    Report report = stranger.refused().flatMap(Decision.Refused::report).orElseThrow();
    assertEquals("slack:U0OTHER", report.command().who().identity());
    assertEquals(Optional.of("blue/isolate-pod/0b3f2c1e"), report.command().about().containment());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accept blue/shop/Deployment/web/nginx program:/bin/a<-/bin/b",
        "accept 'blue/shop/Deployment/web/nginx' 'program:/bin/a&lt;-/bin/b'",
        "accept `blue/shop/Deployment/web/nginx` `program:/bin/a<-/bin/b`"
      })
  void thePatchOfADeviationCanBeAskedFor(String text) {
    Decision.Asked asked =
        assertInstanceOf(Decision.Asked.class, decide("slash_commands", typed(ANNA, text), NOW));

    assertEquals(
        Question.accepting(
            new AcceptableEntry("blue/shop/Deployment/web/nginx", "program:/bin/a<-/bin/b")),
        asked.question());
    assertFalse(asked.pressed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "incidents         | INCIDENTS | PT24H |",
        "Incidents 7d      | INCIDENTS | PT168H |",
        "incidents `36h`   | INCIDENTS | PT36H |",
        "incident 7c1e6d1f | INCIDENT  | PT24H | 7c1e6d1f",
        "incident `7C1E6D1F0A2B4C3D8E9F001122334455` | INCIDENT | PT24H |"
            + " 7c1e6d1f0a2b4c3d8e9f001122334455",
        "contained         | CONTAINED | PT24H |",
        "' silences '      | SILENCES  | PT24H |",
      })
  void whatCanBeAsked(String text, Question.Kind kind, Duration since, String incident) {
    Decision.Asked asked =
        assertInstanceOf(Decision.Asked.class, decide("slash_commands", typed(ANNA, text), NOW));

    assertEquals(new Question(kind, since, incident == null ? "" : incident), asked.question());
    assertEquals("slack:" + ANNA, asked.who().identity());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "incidents soon    | such as 24h or 7d",
        "incidents 91d     | at most 90d",
        "accept            | the model and the entry",
        "accept m program:/a;b | the model and the entry",
        "incidents -1h     | such as 24h or 7d",
        "incidents 1h 2h   | Too many words",
        "incident          | 32 digits",
        "incident 12345    | 32 digits",
        "incident <!here>  | 32 digits",
        "contained now     | Too many words",
        "incidint 1234567  | incident",
      })
  void aQuestionThatIsWronglyTypedIsAnsweredWithTheRightForm(String text, String says) {
    Decision.Answered answered =
        assertInstanceOf(Decision.Answered.class, decide("slash_commands", typed(ANNA, text), NOW));

    assertTrue(answered.text().contains(says), answered.text());
    assertFalse(answered.text().contains("<!here>"), answered.text());
    assertEquals("answered", answered.counter());
  }

  @Test
  void whoMayCommandNothingIsToldNothing() {
    Decision.Answered stranger =
        assertInstanceOf(
            Decision.Answered.class, decide("slash_commands", typed("U0OTHER", "incidents"), NOW));

    assertEquals("questionsRefused", stranger.counter(), "it raises no alarm");
    assertTrue(stranger.text().contains("you (slack:U0OTHER) may not give commands"));
  }

  @Test
  void helpListsQuestions() {
    for (String text : List.of("", "help")) {
      Decision.Answered help =
          assertInstanceOf(
              Decision.Answered.class, decide("slash_commands", typed(ANNA, text), NOW));
      for (String word : TypedQuestion.WORDS) {
        assertTrue(help.text().contains("`/cattleguard " + word), help.text());
      }
    }
  }

  @Test
  void theKindsOfMessages() {
    assertEquals(
        new SocketMessage.Hello(2),
        SocketMessage.read("{\"type\":\"hello\",\"num_connections\":2}"));
    assertEquals(
        new SocketMessage.Disconnect("warning"),
        SocketMessage.read("{\"type\":\"disconnect\",\"reason\":\"warning\"}"));
    assertTrue(new SocketMessage.Disconnect("link_disabled").isTurnedOff());
    assertEquals(new SocketMessage.Other(), SocketMessage.read("{\"type\":\"news\"}"));
    assertEquals(
        new Decision.Acknowledged(),
        decide("events_api", JsonNodeFactory.instance.objectNode(), NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "null",
        "{\"a\":1}{\"a\":1}",
        "{\"type\":\"hello\",\"type\":\"hello\"}",
        "{\"envelope_id\":\"\",\"type\":\"interactive\"}",
        "{\"envelope_id\":{},\"type\":\"interactive\"}",
        "{\"envelope_id\":\"<!channel>\",\"type\":\"interactive\"}",
      })
  void whatIsNoMessageIsRejectedAndNotQuoted(String text) {
    ContractViolation violation =
        assertThrows(ContractViolation.class, () -> SocketMessage.read(text));

    assertFalse(String.valueOf(violation.getMessage()).contains("<!channel>"));
  }

  @Test
  void aDeepMessageIsRejected() {
    assertThrows(ContractViolation.class, () -> SocketMessage.read("{\"a\":".repeat(100_000)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"interactive", "slash_commands"})
  void aPayloadThatIsNoneIsRejected(String type) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode many = json.objectNode();
    for (int i = 0; i < 1_000; i++) {
      many.put("a" + i, "b");
    }
    ObjectNode nobody = typed("not a user", "stop it").put("type", "block_actions");
    for (JsonNode payload :
        List.of(json.textNode("x"), json.nullNode(), json.arrayNode(), nobody)) {
      assertEquals("unreadable", decide(type, payload, NOW).counter(), payload::toString);
    }
    assertTrue(Set.of("unreadable", "ignored").contains(decide(type, many, NOW).counter()));
  }
}
