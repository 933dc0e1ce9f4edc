package io.cattleguard.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.QuestionAsked;
import io.cattleguard.events.operator.QuestionButton;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the commands in requests from Slack. */
final class OperateTest {
  private static final Instant NOW = TestSlack.NOW;
  private static final String ANNA = "U0EXAMPLE";
  private static final String FINGERPRINT = "b1946ac92492d2347c6235b4d2611184";

  private static final Operators ALL =
      new Operators(
          Arrays.stream(Verb.values())
              .collect(
                  Collectors.toMap(
                      verb -> verb, verb -> List.of(new IdentityPattern("slack:" + ANNA)))));

  private Operate operate = new Operate(ALL, Set.of());

  private Decision decide(String body) {
    return operate.decide(TestSlack.signed(body, NOW), TestSlack.SECRET, NOW);
  }

  private OperatorCommand commanded(String body) {
    return assertInstanceOf(Decision.Commanded.class, decide(body), () -> decide(body).toString())
        .command();
  }

  private Decision.Answered answered(String body) {
    return assertInstanceOf(Decision.Answered.class, decide(body), () -> decide(body).toString());
  }

  private Decision.Rejected rejected(SlackRequest request) {
    return assertInstanceOf(
        Decision.Rejected.class, operate.decide(request, TestSlack.SECRET, NOW));
  }

  private static String pressed(CommandButton button) {
    return TestSlack.form(TestSlack.press(ANNA, button));
  }

  // ---- Signatures

  @Test
  void aForgedSignatureIsRejected() {
    SlackRequest genuine = TestSlack.signed(pressed(TestSlack.undo()), NOW);
    List<SlackRequest> forged =
        List.of(
            new SlackRequest(genuine.timestamp(), genuine.signature(), genuine.body() + "&a=b"),
            new SlackRequest(
                String.valueOf(NOW.getEpochSecond() + 1), genuine.signature(), genuine.body()),
            new SlackRequest(genuine.timestamp(), "v0=" + "0".repeat(64), genuine.body()),
            new SlackRequest(genuine.timestamp(), "v0=", genuine.body()),
            new SlackRequest(
                genuine.timestamp(),
                genuine.signature() + "," + genuine.signature(),
                genuine.body()),
            new SlackRequest("now", genuine.signature(), genuine.body()),
            new SlackRequest("9".repeat(30), genuine.signature(), genuine.body()),
            new SlackRequest("-1", genuine.signature(), genuine.body()));

    for (SlackRequest request : forged) {
      assertEquals("forged", rejected(request).counter(), request::toString);
      assertEquals(401, rejected(request).status());
    }
  }

  @Test
  void aRequestWithoutASignatureIsRejected() {
    String body = pressed(TestSlack.undo());

    assertEquals("unsigned", rejected(new SlackRequest("", "", body)).counter());
    assertEquals("unsigned", rejected(new SlackRequest("1772443200", "", body)).counter());
    assertEquals("unsigned", rejected(new SlackRequest("", "v0=abc", body)).counter());
  }

  @ParameterizedTest
  @CsvSource({"-301, true", "-300, false", "0, false", "300, false", "301, true"})
  void aSignatureIsGoodForFiveMinutes(long seconds, boolean late) {
    String body = TestSlack.typed(ANNA, "stop a drill");

    Decision decision =
        operate.decide(TestSlack.signed(body, NOW.plusSeconds(seconds)), TestSlack.SECRET, NOW);

    assertEquals(late ? "late" : "published", decision.counter());
  }

  @Test
  void anOldPressThatIsSignedAgainIsRejected() {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(press).put("action_ts", NOW.minusSeconds(301).getEpochSecond() + ".000100");

    assertEquals("late", rejected(TestSlack.signed(TestSlack.form(press), NOW)).counter());
  }

  // ---- Buttons

  @Test
  void aPressIsACommandOfItsUserWithTheReasonOfTheMessage() {
    String body =
        TestSlack.form(
            TestSlack.withReason(TestSlack.press(ANNA, TestSlack.undo()), "a load test"));

    OperatorCommand command = commanded(body);

    assertEquals(Verb.UNDO, command.command());
    assertEquals("slack:U0EXAMPLE", command.who().identity());
    assertEquals(Optional.of("anna"), command.who().name());
    assertEquals("a load test", command.why());
    assertEquals(Optional.of("blue/isolate-pod/0b3f2c1e"), command.about().containment());
    assertEquals(Optional.of("blue"), command.cluster());
    assertEquals(Optional.of("7c1e6d1f0a2b4c3d8e9f001122334455"), command.incident());
    assertEquals(NOW.plusNanos(100_000), command.observedAt());
    assertFalse(command.applied());
    Decision.Commanded decision = assertInstanceOf(Decision.Commanded.class, decide(body));
    assertEquals(Optional.of(URI.create(TestSlack.ANSWER_TO)), decision.answerTo());
    assertTrue(
        decision.text().startsWith("Undo is on its way, as anna (slack:U0EXAMPLE). Reason: a load"),
        decision.text());
  }

  @Test
  void aPressWithoutAReasonSaysWhatWasPressed() {
    assertEquals("button Undo in Slack", commanded(pressed(TestSlack.undo())).why());
    ObjectNode blank = TestSlack.withReason(TestSlack.press(ANNA, TestSlack.undo()), "  ");
    assertEquals("button Undo in Slack", commanded(TestSlack.form(blank)).why());
    ObjectNode none = TestSlack.withReason(TestSlack.press(ANNA, TestSlack.undo()), "x");
    ((ObjectNode) none.at("/state/values/cattleguard.reason/Ab1")).putNull("value");
    assertEquals("button Undo in Slack", commanded(TestSlack.form(none)).why());
  }

  @Test
  void thePressThatSlackSendsTwiceIsOneCommand() {
    String body = pressed(TestSlack.undo());
    Decision again =
        operate.decide(TestSlack.signed(body, NOW.plusSeconds(61)), TestSlack.SECRET, NOW);
    ObjectNode next = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(next).put("action_ts", NOW.getEpochSecond() + ".000200");

    assertEquals(commanded(body), assertInstanceOf(Decision.Commanded.class, again).command());
    assertNotEquals(commanded(body).id(), commanded(TestSlack.form(next)).id());
  }

  private static final QuestionButton PATCH =
      new QuestionButton(
          new AcceptableEntry("blue/shop/Deployment/web/nginx", "program:/bin/a<-/bin/b"));

  @Test
  void aPressThatAsksForThePatchOfADeviationIsAQuestionAndNoCommand() {
    ObjectNode second = TestSlack.press(ANNA, PATCH);
    TestSlack.action(second).put("action_id", QuestionButton.ACTION_ID + ".2");
    for (ObjectNode press : List.of(TestSlack.press(ANNA, PATCH), second)) {
      Decision.Asked asked = assertInstanceOf(Decision.Asked.class, decide(TestSlack.form(press)));

      assertEquals(PATCH.question(), asked.question());
      assertTrue(asked.pressed());
      assertEquals(
          asked.question(), QuestionAsked.read(asked.event().orElseThrow().write()).question());
      assertEquals(URI.create(TestSlack.ANSWER_TO), asked.event().orElseThrow().answerTo());
    }
  }

  @Test
  void whoMayGiveNoCommandGetsNoPatchAndNobodyIsAlarmed() {
    Decision.Answered told = answered(TestSlack.form(TestSlack.press("U0OTHER", PATCH)));

    assertEquals("questionsRefused", told.counter());
    assertEquals(Optional.of(URI.create(TestSlack.ANSWER_TO)), told.answerTo());
    assertTrue(told.text().startsWith("Nothing is shown"), told.text());
    assertEquals(Optional.empty(), told.refused().orElseThrow().report());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'question':'accept','model':'blue/shop/x','entry':'program:/a;reboot'}",
        "{'question':'accept','model':'blue/shop/x'}",
        "{'question':'silences'}",
        "[]",
        "{'question':'accept'} x"
      })
  void aValueThatNoButtonHasAsksNothing(String value) {
    ObjectNode press = TestSlack.press(ANNA, PATCH);
    TestSlack.action(press).put("value", value.replace('\'', '"'));

    Decision.Answered told = answered(TestSlack.form(press));

    assertTrue(told.text().contains("not one of Cattleguard's"), told.text());
  }

  @Test
  void aSilenceOfRespondersNeedsTheRightToStop() {
    operate =
        new Operate(
            new Operators(Map.of(Verb.SILENCE, List.of(new IdentityPattern("slack:" + ANNA)))),
            Set.of());
    for (boolean responders : List.of(true, false)) {
      CommandButton button =
          new CommandButton(
              Verb.SILENCE,
              Optional.empty(),
              Optional.empty(),
              About.silence(
                  "same", Optional.empty(), Optional.of("{\"fingerprint\":[\"x\"]}"), responders),
              Optional.of(Duration.ofHours(1)));
      if (responders) {
        Decision.Answered decision = answered(pressed(button));
        assertTrue(decision.text().contains("needs the right to stop"), decision.text());
        assertTrue(decision.refused().orElseThrow().reason().contains("right to stop"));
      } else {
        assertFalse(commanded(pressed(button)).about().responders());
      }
    }
  }

  @Test
  void aSilenceLastsFromThePressAndEachPressSetsItsOwn() {
    CommandButton button =
        new CommandButton(
            Verb.SILENCE,
            Optional.empty(),
            Optional.empty(),
            About.silence(
                "same", Optional.empty(), Optional.of("{\"fingerprint\":[\"x\"]}"), false),
            Optional.of(Duration.ofHours(1)));
    ObjectNode later = TestSlack.press(ANNA, button);
    TestSlack.action(later).put("action_ts", NOW.getEpochSecond() + ".5");

    OperatorCommand one = commanded(pressed(button));
    OperatorCommand other = commanded(TestSlack.form(later));

    assertEquals(Optional.of(one.observedAt().plusSeconds(3_600)), one.about().until());
    assertNotEquals(one.about().silence(), other.about().silence());
    assertEquals(one.about().silence(), commanded(pressed(button)).about().silence());
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aUserWhomThePolicyDoesNotNameMayNotCommand(Verb verb) {
    CommandButton button =
        new CommandButton(
            verb,
            Optional.of("blue"),
            Optional.empty(),
            new About(
                Optional.of("blue/isolate-pod/1"),
                Optional.of("blue/isolate-pod/1"),
                Optional.of("s"),
                Optional.empty(),
                Optional.of("{\"fingerprint\":[\"x\"]}"),
                false),
            Optional.of(Duration.ofHours(1)));

    Decision.Answered stranger = answered(TestSlack.form(TestSlack.press("U0OTHER", button)));

    assertEquals("slack:U0OTHER", stranger.refused().orElseThrow().identity());
    assertEquals("refused", stranger.counter());
    assertTrue(stranger.text().contains("<@U0EXAMPLE>"), stranger.text());
    assertEquals(verb, commanded(pressed(button)).command());

    operate = new Operate(Operators.DEFAULT, Set.of());
    Decision.Answered leftOut = answered(pressed(button));
    assertEquals("refused", leftOut.counter(), "a key that is left out allows nobody from Slack");
    assertTrue(
        leftOut.text().contains("Nobody may do this from Slack")
            && leftOut.text().contains("operators: { " + Operators.key(verb)),
        leftOut.text());
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // payload's team, user's team, organisation, allowed
        "T1, T1, -, true",
        "T1, -, -, true",
        "-, T1, -, true",
        "T2, T1, -, false",
        "T1, T2, -, false",
        "T2, T2, -, false",
        "-, -, E1, true",
        "-, -, E2, false",
        "-, -, -, false",
        "T2, T2, E1, false",
      })
  void onlyTheNamedWorkspacesCommand(String team, String ofUser, String enterprise, boolean may) {
    operate = new Operate(ALL, Set.of("T1", "E1"));
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    press.withObject("team").put("id", team);
    press.withObject("user").put("team_id", ofUser);
    press.putObject("enterprise").put("id", enterprise);

    Decision decision = decide(TestSlack.form(press));

    assertEquals(may ? "published" : "refused", decision.counter());
  }

  @Test
  void aSlashCommandOfAnotherWorkspaceIsRefused() {
    operate = new Operate(ALL, Set.of("T1"));

    assertEquals("refused", decide(TestSlack.typed(ANNA, "stop a drill")).counter());
    assertEquals("questionsRefused", decide(TestSlack.typed(ANNA, "incidents")).counter());
  }

  @Test
  void aButtonThatIsNotOursCommandsNothing() {
    List<ObjectNode> foreign =
        List.of(
            change("action_id", "approve_request"),
            change("value", "approve"),
            change("value", "{\"command\":\"undo\"}"),
            change("value", "{\"command\":\"delete-everything\"}"),
            change("value", "[".repeat(1_900)),
            change("value", "{\"a\":".repeat(380)),
            change("value", "x".repeat(2_001)));

    for (ObjectNode press : foreign) {
      Decision.Answered decision = answered(TestSlack.form(press));
      assertTrue(decision.text().startsWith("Nothing was done"), press::toString);
      assertEquals("answered", decision.counter());
    }
  }

  private static ObjectNode change(String key, String value) {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(press).put(key, value);
    return press;
  }

  @Test
  void whatNeedsNoAnswerIsAcknowledged() {
    ObjectNode link = TestSlack.press(ANNA, TestSlack.undo());
    TestSlack.action(link).remove("value");
    ObjectNode field = change("type", "plain_text_input");
    ObjectNode shortcut = TestSlack.press(ANNA, TestSlack.undo()).put("type", "shortcut");

    for (ObjectNode press : List.of(link, field, shortcut)) {
      assertEquals(new Decision.Acknowledged(), decide(TestSlack.form(press)), press::toString);
    }
  }

  @Test
  void aPayloadThatIsNoneIsRejectedAndNothingIsQuoted() {
    ObjectNode two = TestSlack.press(ANNA, TestSlack.undo());
    two.withArray("actions").add(TestSlack.action(two).deepCopy());
    ObjectNode stranger = TestSlack.press("not a user <!channel>", TestSlack.undo());
    String press = TestSlack.press(ANNA, TestSlack.undo()).toString();
    List<String> bodies =
        List.of(
            "payload=",
            "payload=%7B",
            "payload=%ZZ",
            "payload",
            "",
            "payload=%7B%7D&payload=%7B%7D",
            "a=b&".repeat(100),
            TestSlack.form(Map.of("payload", press + press)),
            TestSlack.form(
                Map.of("payload", press.replaceFirst("\\{", "{\"type\":\"block_actions\","))),
            TestSlack.form(Map.of("payload", "{\"a\":".repeat(50_000))),
            TestSlack.form(Map.of("payload", "[".repeat(100_000))),
            TestSlack.form(Map.of("payload", "{\"a\":1" + "0".repeat(5_000) + "}")),
            TestSlack.form(two),
            TestSlack.form(stranger),
            TestSlack.form(change("action_ts", "yesterday")),
            TestSlack.form(change("action_ts", "99999999999999999999.1")),
            "hello=world");

    for (String body : bodies) {
      Decision decision = decide(body);
      if (decision instanceof Decision.Rejected rejected) {
        assertEquals("unreadable", rejected.counter());
        assertFalse(rejected.reason().contains("<!channel>"), rejected.reason());
      } else {
        assertEquals(new Decision.Acknowledged(), decision, body);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://hooks.slack.com/actions/x",
        "https://hooks.slack.com.example.com/actions/x",
        "https://example.com/hooks.slack.com",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://hooks.slack.com\\@example.com/",
        "//hooks.slack.com/x",
        "",
      })
  void noOtherAddressIsCalled(String address) {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo()).put("response_url", address);

    assertEquals(
        Optional.empty(),
        assertInstanceOf(Decision.Commanded.class, decide(TestSlack.form(press))).answerTo());
  }

  @Test
  void aNameWithHiddenCharactersIsVisibleAndBounded() {
    ObjectNode press = TestSlack.press(ANNA, TestSlack.undo());
    press.withObject("user").put("username", "anna\u202e <!channel>\n" + "x".repeat(10_000));
    String body = TestSlack.form(TestSlack.withReason(press, "&<!here>\u202e" + "y".repeat(9_000)));

    OperatorCommand command = commanded(body);
    String text = assertInstanceOf(Decision.Commanded.class, decide(body)).text();

    assertTrue(command.who().name().orElseThrow().startsWith("anna\\u202e <!channel>\\n"));
    assertTrue(command.who().name().orElseThrow().length() < 120);
    assertTrue(command.why().length() < 400);
    assertFalse(text.contains("\u202e") || text.contains("<!"), text);
    assertTrue(text.length() < 1_500);
  }

  // ---- The slash command

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "stop a drill                                       | stop    | -    | a drill",
        "Stop a drill                                       | stop    | -    | a drill",
        "resume   the drill  is over                        | resume  | -    | the drill  is over",
        "undo blue/isolate-pod/0b3f false positive          | undo    | -    | false positive",
        "undo `blue/isolate-pod/0b3f` false positive        | undo    | -    | false positive",
        "undo quarantine-instance/111122223333/eu-west-1/i-1 a test | undo | - | a test",
        "extend quarantine-instance/111122223333/eu-west-1/i-1 4h x | extend | - | x",
        "extend blue/isolate-pod/0b3f 4h forensics          | extend  | -    | forensics",
        "approve blue/isolate-pod/1f8a a &lt;real&gt; one   | approve | blue | a <real> one",
        "reject blue/isolate-pod/1f8a a test                | reject  | blue | a test",
        "silence b1946ac92492d2347c6235b4d2611184 2w noise  | silence | -    | noise",
        "unsilence 1a2b3c4d fixed                           | unsilence | -  | fixed",
      })
  void aUserTypesACommand(String text, String verb, String cluster, String why) {
    OperatorCommand command = commanded(TestSlack.typed(ANNA, text));

    assertEquals(verb, command.command().jsonName());
    assertEquals(Optional.ofNullable(cluster), command.cluster());
    assertEquals(why, command.why());
    assertEquals("slack:U0EXAMPLE", command.who().identity());
    assertEquals(NOW, command.observedAt());
    assertEquals(
        command.id(), commanded(TestSlack.typed(ANNA, text)).id(), "sent again, it is the same");
  }

  @Test
  void aTypedTimeCountsFromNow() {
    assertEquals(
        Optional.of(NOW.plusSeconds(4 * 3_600)),
        commanded(TestSlack.typed(ANNA, "extend blue/isolate-pod/0b3f 4h forensics"))
            .about()
            .until());
    OperatorCommand silence =
        commanded(TestSlack.typed(ANNA, "silence " + FINGERPRINT + " 14d noise"));
    assertEquals(Optional.of(NOW.plus(Duration.ofDays(14))), silence.about().until());
    assertEquals(
        Optional.of("{\"fingerprint\":[\"" + FINGERPRINT + "\"]}"), silence.about().match());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "stop                           | Say why. Type: /cattleguard stop REASON",
        "undo                           | Type: /cattleguard undo ID REASON",
        "undo blue/isolate-pod/1        | Type: /cattleguard undo ID REASON",
        "undo the-pod please            | List them: ./cattleguard containments",
        "approve that one               | List them: ./cattleguard approvals",
        "extend blue/isolate-pod/1 4h   | Type: /cattleguard extend ID FOR REASON",
        "extend blue/isolate-pod/1 long because | such as 30m, 4h or 14d",
        "extend blue/isolate-pod/1 0h because   | such as 30m, 4h or 14d",
        "extend blue/isolate-pod/1 999999999w because | such as 30m, 4h or 14d",
        "silence noise 14d because      | fingerprint has 32 digits",
        "silence b1946ac92492d2347c6235b4d2611184 31d because | at most 30d",
        "unsilence a/b because          | ./cattleguard silences",
        "stpo now                       | did you mean",
        "<!channel> x                   | &lt;!channel&gt;",
      })
  void aMistakeSaysWhatToType(String text, String says) {
    Decision.Answered decision = answered(TestSlack.typed(ANNA, text));

    assertTrue(decision.text().contains(says), decision.text());
    assertEquals("answered", decision.counter());
    assertEquals(Optional.empty(), decision.answerTo(), "the response says it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "help", "help undo"})
  void helpNamesEveryCommand(String text) {
    String help = answered(TestSlack.typed("U0OTHER", text)).text();

    for (Verb verb : Verb.values()) {
      assertTrue(help.contains("/cattleguard " + verb.jsonName() + " "), help);
    }
  }
}
