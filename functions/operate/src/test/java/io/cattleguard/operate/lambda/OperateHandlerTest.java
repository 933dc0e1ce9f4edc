package io.cattleguard.operate.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.Question;
import io.cattleguard.events.operator.QuestionAsked;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.operate.Operate;
import io.cattleguard.operate.SlackRequest;
import io.cattleguard.operate.TestSlack;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests the responses of the HTTP API to requests from Slack. */
final class OperateHandlerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ANNA = "U0EXAMPLE";

  private final List<BusEvent> published = new ArrayList<>();
  private final List<JsonNode> answers = new ArrayList<>();
  private final List<Duration> patience = new ArrayList<>();
  private Instant now = TestSlack.NOW;
  private SigningSecret secret = at -> TestSlack.SECRET;
  private EventPublisher bus =
      events -> {
        published.addAll(events);
        return Set.of();
      };

  private record Response(int status, String type, String body) {
    String text() throws IOException {
      return JSON.readTree(body).path("text").asText();
    }
  }

  private Response ask(byte[] event) throws IOException {
    OperateHandler handler =
        new OperateHandler(
            new Operate(
                new Operators(
                    Map.of(
                        Verb.UNDO, List.of(new IdentityPattern("slack:" + ANNA)),
                        Verb.STOP, List.of(new IdentityPattern("slack:" + ANNA)))),
                Set.of()),
            at -> secret.read(at),
            events -> bus.publish(events),
            (address, json, time) -> {
              assertEquals(URI.create(TestSlack.ANSWER_TO), address);
              patience.add(time);
              return answers.add(read(json));
            },
            () -> now);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    handler.handleRequest(new ByteArrayInputStream(event), out, new NoContext());
    JsonNode response = JSON.readTree(out.toByteArray());
    return new Response(
        response.path("statusCode").asInt(),
        response.path("headers").path("content-type").asText(),
        response.path("body").asText());
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] press() {
    return TestSlack.event(
        TestSlack.signed(TestSlack.form(TestSlack.press(ANNA, TestSlack.undo())), TestSlack.NOW));
  }

  private static byte[] typed(String text) {
    return TestSlack.event(TestSlack.signed(TestSlack.typed(ANNA, text), TestSlack.NOW));
  }

  private static byte[] changed(byte[] event, String key, JsonNode value) throws IOException {
    ObjectNode changed = (ObjectNode) JSON.readTree(event);
    changed.set(key, value);
    return JSON.writeValueAsBytes(changed);
  }

  @Test
  void aPressIsPublishedAndItsUserIsTold() throws IOException {
    Response response = ask(press());

    assertEquals(200, response.status());
    assertEquals(1, published.size());
    BusEvent event = published.getFirst();
    assertEquals("cattleguard.operator", event.source());
    assertEquals(DetailType.OPERATOR_COMMAND, event.type());
    OperatorCommand command = OperatorCommand.read(event.source(), event.detail());
    assertEquals("slack:" + ANNA, command.who().identity());
    assertEquals(1, answers.size());
    JsonNode answer = answers.getFirst();
    assertEquals("ephemeral", answer.path("response_type").asText());
    assertFalse(answer.path("replace_original").asBoolean(true));
    assertTrue(answer.path("text").asText().startsWith("Undo is on its way"), answer::toString);
  }

  @Test
  void aSlashCommandIsAnsweredByTheResponse() throws IOException {
    Response response = ask(typed("stop a drill"));

    assertEquals(200, response.status());
    assertEquals("application/json; charset=utf-8", response.type());
    assertTrue(response.text().startsWith("Stop is on its way, as anna (slack:U0EXAMPLE)"));
    assertEquals(1, published.size());
    assertEquals(List.of(), answers);
  }

  @Test
  void aQuestionIsPublishedWithTheAddressForItsAnswer() throws IOException {
    Response response = ask(typed("incidents 7d"));

    assertEquals("The answer follows here within seconds.", response.text());
    BusEvent event = published.getFirst();
    assertEquals("cattleguard.operator", event.source());
    assertEquals(DetailType.QUESTION_ASKED, event.type());
    QuestionAsked asked = QuestionAsked.read(event.source(), event.detail());
    assertEquals(new Question(Question.Kind.INCIDENTS, Duration.ofDays(7), ""), asked.question());
    assertEquals("slack:" + ANNA, asked.who().identity());
    assertEquals(TestSlack.NOW, asked.askedAt());
    assertEquals(URI.create("https://hooks.slack.com/commands/T0EXAMPLE/1/abc"), asked.answerTo());

    ask(typed("incidents 7d"));
    assertEquals(event.detail(), published.get(1).detail(), "sent again, it is the same question");
    assertEquals(List.of(), answers);
  }

  @Test
  void aPressThatAsksForAPatchIsPublishedAndOnlyAFailureIsTold() throws IOException {
    QuestionButton button =
        new QuestionButton(
            new AcceptableEntry("blue/shop/Deployment/web/nginx", "listener:tcp/9090"));
    byte[] press =
        TestSlack.event(
            TestSlack.signed(TestSlack.form(TestSlack.press(ANNA, button)), TestSlack.NOW));

    assertEquals("", ask(press).text());

    BusEvent event = published.getFirst();
    QuestionAsked asked = QuestionAsked.read(event.source(), event.detail());
    assertEquals(button.question(), asked.question());
    assertEquals(URI.create(TestSlack.ANSWER_TO), asked.answerTo());
    assertEquals(List.of(), answers);

    ask(
        TestSlack.event(
            TestSlack.signed(TestSlack.form(TestSlack.press("U0OTHER", button)), TestSlack.NOW)));
    assertEquals(1, published.size());
    assertTrue(answers.getFirst().path("text").asText().startsWith("Nothing is shown"));
  }

  @Test
  void aQuestionOfSomeoneWhoMayNotIsNotPublished() throws IOException {
    Response response =
        ask(
            TestSlack.event(
                TestSlack.signed(TestSlack.typed("U0OTHER", "contained"), TestSlack.NOW)));

    assertTrue(response.text().contains("you (slack:U0OTHER) may not give commands"));
    assertEquals(List.of(), published);
  }

  @Test
  void aForgedOrOldQuestionIsNotPublished() throws IOException {
    SlackRequest signed = TestSlack.signed(TestSlack.typed(ANNA, "contained"), TestSlack.NOW);
    SlackRequest other = TestSlack.signed(TestSlack.typed(ANNA, "silences"), TestSlack.NOW);

    byte[] forged =
        TestSlack.event(new SlackRequest(signed.timestamp(), other.signature(), signed.body()));
    assertEquals(401, ask(forged).status());
    now = TestSlack.NOW.plusSeconds(301);
    assertEquals(401, ask(TestSlack.event(signed)).status());
    assertEquals(List.of(), published);
  }

  @Test
  void aQuestionThatNobodyCouldAnswerIsNotPublished() throws IOException {
    String body =
        TestSlack.typed(ANNA, "contained").replace("hooks.slack.com", "hooks.slack.com.example");

    Response response = ask(TestSlack.event(TestSlack.signed(body, TestSlack.NOW)));

    assertTrue(
        response.text().contains("Not asked.") && response.text().contains("containments"),
        response.text());
    assertEquals(List.of(), published);
  }

  @Test
  void aQuestionThatTheBusDoesNotTakeIsToldAsNotAsked() throws IOException {
    bus = events -> Set.of(0);
    assertTrue(ask(typed("silences")).text().contains("Not asked."));
    assertTrue(ask(typed("incident 7c1e6d1f")).text().contains("./cattleguard incident 7c1e6d1f"));
  }

  @Test
  void aPressThatComesLateIsRejectedAndItsUserIsTold() throws IOException {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(press)
        .put("action_ts", TestSlack.NOW.minusSeconds(301).getEpochSecond() + ".000100");

    Response response =
        ask(TestSlack.event(TestSlack.signed(TestSlack.form(press), TestSlack.NOW)));

    assertEquals(401, response.status());
    assertEquals(1, answers.size());
    assertTrue(
        answers.getFirst().path("text").asText().contains("came more than 5 min"),
        answers::toString);
    assertTrue(
        published.stream()
            .map(event -> OperatorCommand.read(event.source(), event.detail()))
            .noneMatch(OperatorCommand::isOpen));
  }

  @Test
  void aBodyInBase64AndHeadersInAnyCaseAreRead() throws IOException {
    SlackRequest request = TestSlack.signed(TestSlack.typed(ANNA, "stop a drill"), TestSlack.NOW);
    ObjectNode event = (ObjectNode) JSON.readTree(TestSlack.event(request));
    event.put(
        "body",
        Base64.getEncoder().encodeToString(request.body().getBytes(StandardCharsets.UTF_8)));
    event.put("isBase64Encoded", true);
    event
        .putObject("headers")
        .put("X-Slack-Signature", request.signature())
        .put("X-SLACK-REQUEST-TIMESTAMP", request.timestamp());

    assertEquals(200, ask(JSON.writeValueAsBytes(event)).status());
    assertEquals(1, published.size());
  }

  @Test
  void whatSlackSendsAgainIsTheSameCommand() throws IOException {
    ask(press());
    ObjectNode again = (ObjectNode) JSON.readTree(press());
    again.withObject("headers").put("x-slack-retry-num", "1").put("x-slack-retry-reason", "x");
    ask(JSON.writeValueAsBytes(again));

    assertEquals(2, published.size());
    assertEquals(published.get(0).detail(), published.get(1).detail());
  }

  @Test
  void aCommandThatTheBusDoesNotTakeIsToldAsNotDone() throws IOException {
    bus = events -> Set.of(0);
    ask(press());
    assertTrue(
        answers.getFirst().path("text").asText().contains("Press the button again"),
        answers::toString);

    bus =
        events -> {
          throw new IllegalStateException("no route");
        };
    String text = ask(typed("stop a drill")).text();
    assertTrue(text.contains("Not on its way") && text.contains("./cattleguard stop"), text);
    assertFalse(text.contains("is on its way"));
  }

  @Test
  void aPersonWhoMayNotIsToldSoAndSoArePeople() throws IOException {
    byte[] stranger =
        TestSlack.event(TestSlack.signed(TestSlack.typed("U0OTHER", "stop it"), TestSlack.NOW));

    assertTrue(ask(stranger).text().contains("may not stop"));
    OperatorCommand told = reported();
    assertEquals("slack:U0OTHER", told.who().identity());
    assertEquals(Verb.STOP, told.command());
    assertTrue(told.ignored().orElse("").contains("allows it to slack:" + ANNA), told::toString);
  }

  @Test
  void anOldPressThatComesAgainIsToldPeople() throws IOException {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(press).put("action_ts", TestSlack.NOW.getEpochSecond() - 301 + ".000100");

    assertEquals(
        401, ask(TestSlack.event(TestSlack.signed(TestSlack.form(press), TestSlack.NOW))).status());
    assertTrue(reported().ignored().orElse("").contains("more than 5 min"), published::toString);
  }

  /** The only published event: a refused command, which no step carries out. */
  private OperatorCommand reported() {
    assertEquals(1, published.size());
    BusEvent event = published.getFirst();
    OperatorCommand told = OperatorCommand.read(event.source(), event.detail());
    assertFalse(told.isOpen());
    assertFalse(told.applied());
    return told;
  }

  @Test
  void withoutTheSecretNothingIsBelieved() throws IOException {
    secret =
        at -> {
          throw new Unavailable("away");
        };

    assertEquals(503, ask(press()).status());
    assertEquals(List.of(), published);
    assertEquals(List.of(), answers);
  }

  @Test
  void aStrangerCausesNoReadingOfTheSecretAndLearnsNothing() throws IOException {
    secret =
        at -> {
          throw new AssertionError("read");
        };
    ObjectNode bare = (ObjectNode) JSON.readTree(press());
    bare.putObject("headers");
    List<byte[]> strangers =
        List.of(
            JSON.writeValueAsBytes(bare),
            changed(JSON.writeValueAsBytes(bare), "headers", JSON.nullNode()),
            changed(JSON.writeValueAsBytes(bare), "body", JSON.nullNode()),
            "{}".getBytes(StandardCharsets.UTF_8));

    for (byte[] event : strangers) {
      assertEquals(new Response(401, "text/plain; charset=utf-8", "rejected"), ask(event));
    }
  }

  @Test
  void aForgedOneIsRejectedWithoutAWord() throws IOException {
    secret = at -> "another-secret-of-another-app";

    assertEquals(new Response(401, "text/plain; charset=utf-8", "rejected"), ask(press()));
    assertEquals(List.of(), published);
    assertEquals(List.of(), answers);
  }

  @Test
  void aBodyOfAMegabyteIsNotLookedAt() throws IOException {
    secret =
        at -> {
          throw new AssertionError("read");
        };
    String large = "payload=" + "x".repeat(1 << 20);

    assertEquals(413, ask(TestSlack.event(TestSlack.signed(large, TestSlack.NOW))).status());
    assertEquals(
        413,
        ask(changed(
                changed(press(), "isBase64Encoded", JSON.getNodeFactory().booleanNode(true)),
                "body",
                JSON.getNodeFactory().textNode("A".repeat(1 << 20))))
            .status());
    assertEquals(
        400,
        ask(changed(press(), "isBase64Encoded", JSON.getNodeFactory().booleanNode(true))).status(),
        "not base64");
  }

  @Test
  void slacksCheckOfTheCertificateIsAnsweredUnsigned() throws IOException {
    byte[] check =
        """
        {"headers":{},"queryStringParameters":{"ssl_check":"1","token":"x"},
         "requestContext":{"http":{"method":"GET","path":"/"}},"isBase64Encoded":false}
        """
            .getBytes(StandardCharsets.UTF_8);

    assertEquals(new Response(200, "text/plain; charset=utf-8", ""), ask(check));
  }

  @Test
  void anAnswerNeverWaitsLongerThanSlack() throws IOException {
    bus =
        events -> {
          now = now.plusMillis(1_900);
          return Set.of();
        };
    assertEquals(200, ask(press()).status());
    assertEquals(List.of(Duration.ofMillis(700)), patience);

    now = TestSlack.NOW;
    bus =
        events -> {
          now = now.plusMillis(2_550);
          return Set.of();
        };
    assertEquals(200, ask(press()).status());
    assertEquals(1, patience.size(), "no time is left for an answer");
  }
}
