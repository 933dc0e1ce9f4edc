package io.cattleguard.app.slack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.operate.TestSlack;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.Secrets;
import io.cattleguard.sensor.operations.MetricsText;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the connection to Slack, with a fake Slack. */
@Timeout(60)
final class SlackWayTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ANNA = "U0EXAMPLE";
  private static final Operators ONLY_ANNA =
      new Operators(
          Arrays.stream(Verb.values())
              .collect(
                  Collectors.toMap(
                      verb -> verb, verb -> List.of(new IdentityPattern("slack:" + ANNA)))));

  private static final Pace QUICK =
      new Pace(
          Duration.ofMillis(4),
          Duration.ofMillis(40),
          Duration.ZERO,
          Duration.ofSeconds(10),
          Duration.ofMillis(50),
          Duration.ofSeconds(10));

  private final FakeSocketMode slack = new FakeSocketMode();
  private final Map<String, String> secrets = new ConcurrentHashMap<>();
  private final List<OperatorCommand> published = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final List<JsonNode> replies = new CopyOnWriteArrayList<>();
  private volatile Instant now = TestSlack.NOW;
  private volatile Consumer<OperatorCommand> bus = published::add;
  private Optional<SlackWay> way = Optional.empty();

  @BeforeEach
  void token() {
    secrets.put(SlackAccess.TOKEN, FakeSocketMode.TOKEN);
  }

  @AfterEach
  void nothingIsWrong() {
    way.ifPresent(SlackWay::close);
    slack.end();
    assertEquals(List.of(), slack.violations());
    for (String secret : List.of("secret-", FakeSocketMode.TOKEN, "hooks.slack.com", "ticket")) {
      for (String line : Stream.concat(said.stream(), troubles.stream()).toList()) {
        assertFalse(line.contains(secret), line);
      }
    }
  }

  private SlackWay open(Pace pace) {
    SlackWay opened =
        SlackWay.of(
                new SlackAccess(
                    URI.create(slack.api()),
                    Set.of(),
                    pace,
                    (address, json) -> {
                      assertEquals(URI.create(TestSlack.ANSWER_TO), address);
                      return replies.add(read(json));
                    }),
                new Secrets() {
                  @Override
                  public Optional<String> named(String name) {
                    return Optional.ofNullable(secrets.get(name));
                  }

                  @Override
                  public boolean isSet(String name) {
                    return secrets.containsKey(name);
                  }
                },
                new SlackHost(
                    () -> ONLY_ANNA,
                    command -> bus.accept(command),
                    (request, identity) ->
                        new OperatorReply(true, List.of(), Optional.of("Nothing is contained.")),
                    new InMemoryIncidents(),
                    SlackWayTest::patch,
                    () -> now,
                    said::add,
                    troubles::add,
                    troubles::add))
            .orElseThrow();
    way = Optional.of(opened);
    opened.start();
    return opened;
  }

  private static DeviationPatch patch(AcceptableEntry entry, Instant at) {
    return new DeviationPatch(
        entry, "listens", "", List.of(), Optional.of("The policy directory has no model."));
  }

  private SlackWay connected() {
    SlackWay opened = open(QUICK);
    await(() -> said.toString().contains("commands from Slack arrive"), "not connected");
    return opened;
  }

  private void await(BooleanSupplier condition, String otherwise) {
    FakeSocketMode.await(condition, otherwise + " " + troubles + published);
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ObjectNode press(String user) {
    return TestSlack.press(user, TestSlack.undo());
  }

  private static ObjectNode typed(String text, int number) {
    return TestSlack.typedJson(ANNA, text).put("trigger_id", "1.2." + number);
  }

  private String metrics() {
    MetricsText text = new MetricsText();
    way.orElseThrow().write(text);
    return new String(text.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aPressIsPublishedAcknowledgedAndAnsweredToItsUser() {
    connected();

    JsonNode acknowledgement = slack.await(slack.press(press(ANNA)));

    assertFalse(acknowledgement.has("payload"));
    assertEquals(1, published.size());
    assertEquals(Verb.UNDO, published.getFirst().command());
    assertEquals("slack:" + ANNA, published.getFirst().who().identity());
    await(() -> replies.size() == 1, "no reply");
    assertTrue(replies.getFirst().path("text").asText().startsWith("Undo is on its way"));
    assertEquals("ephemeral", replies.getFirst().path("response_type").asText());
    assertTrue(metrics().contains("cattleguard_slack_requests_total{outcome=\"published\"} 1.0"));
    assertTrue(metrics().contains("cattleguard_slack_connected 1.0"));
  }

  @Test
  void aPressThatAsksForAPatchIsAnsweredToItsUserAndCommandsNothing() {
    connected();
    QuestionButton button =
        new QuestionButton(
            new AcceptableEntry("blue/shop/Deployment/web/nginx", "listener:tcp/9090"));

    JsonNode acknowledgement = slack.await(slack.press(TestSlack.press(ANNA, button)));

    assertFalse(acknowledgement.has("payload"));
    await(() -> replies.size() == 1, "no reply");
    assertTrue(replies.getFirst().toString().contains("has no model"), replies.toString());
    assertEquals("ephemeral", replies.getFirst().path("response_type").asText());
    assertEquals(List.of(), published);
    assertTrue(metrics().contains("cattleguard_slack_requests_total{outcome=\"asked\"} 1.0"));
  }

  @Test
  void aSlashCommandIsAnsweredInItsAcknowledgement() {
    connected();

    JsonNode acknowledgement = slack.await(slack.type(typed("stop a drill", 1)));

    assertTrue(
        acknowledgement.path("payload").path("text").asText().startsWith("Stop is on its way"),
        acknowledgement::toString);
    assertEquals(List.of(), replies);
  }

  @Test
  void nothingIsAcknowledgedBeforeItsCommandIsOnDisk() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(1);
    bus =
        command -> {
          writing.countDown();
          try {
            written.await();
          } catch (InterruptedException e) {
            throw new Unavailable("interrupted", e);
          }
          published.add(command);
        };
    connected();

    String envelope = slack.press(press(ANNA));
    writing.await();
    slack.ping();
    await(() -> slack.pongs() == 1, "no pong"); // so everything that was sent before has arrived
    assertEquals(Optional.empty(), slack.acknowledgement(envelope));
    written.countDown();
    slack.await(envelope);
    assertEquals(1, published.size());
  }

  @Test
  void aCommandThatIsNotTakenIsToldAsNotDoneAndCanBeGivenAgain() {
    bus =
        command -> {
          throw new Unavailable("--data is not writable");
        };
    connected();

    ObjectNode stop = typed("stop a drill", 1);
    String envelope = slack.type(stop);
    String text = slack.await(envelope).path("payload").path("text").asText();
    assertTrue(text.contains("Not on its way") && text.contains("./cattleguard stop"), text);
    assertTrue(troubles.toString().contains("--data is not writable"), troubles::toString);

    bus = published::add;
    slack.deliverAgain(envelope, "slash_commands", stop);
    slack.await(envelope);
    assertEquals(1, published.size());
  }

  @Test
  void anUnexpectedErrorIsNotAcknowledgedAndDelaysNoOther() {
    bus =
        command -> {
          if (command.why().equals("number 1")) {
            throw new IllegalStateException("a defect");
          }
          published.add(command);
        };
    connected();

    String broken = slack.type(typed("stop number 1", 1));
    slack.await(slack.type(typed("stop number 2", 2)));

    assertEquals(Optional.empty(), slack.acknowledgement(broken));
    assertEquals(1, published.size());
    assertTrue(troubles.toString().contains("IllegalStateException"), troubles::toString);
  }

  @Test
  void whatSlackDeliversAgainIsDoneOnceAndAnsweredAlike() {
    connected();
    ObjectNode stop = typed("stop a drill", 1);
    String envelope = slack.type(stop);
    JsonNode first = slack.await(envelope);

    slack.deliverAgain(envelope, "slash_commands", stop);
    assertEquals(first, slack.await(envelope));
    slack.await(slack.type(stop)); // in another envelope

    assertEquals(1, published.size());
    assertTrue(metrics().contains("outcome=\"repeated\"} 2.0"), metrics());
  }

  @Test
  void aConnectionThatIsCutIsOpenedAgainAndWhatWaitedArrives() {
    connected();
    for (int i = 1; i <= 5; i++) {
      slack.cut();
      String envelope = slack.type(typed("stop a drill", i));
      slack.await(envelope);
    }

    assertEquals(5, published.size());
    assertTrue(slack.greetings() >= 6, () -> "greeted " + slack.greetings());
    assertTrue(
        troubles.toString().contains("commands from Slack do not arrive: the connection to Slack")
            || troubles.toString().contains("Slack closed the connection"),
        troubles::toString);
    await(() -> metrics().contains("cattleguard_slack_connected 1.0"), "not back");
    await(() -> way.orElseThrow().notes().isEmpty(), "the note stays");
  }

  @Test
  void aConnectionThatSlackRefreshesIsReplacedWithoutAGap() {
    connected();

    slack.disconnect("warning");
    await(() -> slack.greetings() == 2 && slack.open() == 1, "not replaced");
    slack.disconnect("refresh_requested");
    await(() -> slack.greetings() == 3 && slack.open() == 1, "not replaced");

    slack.await(slack.type(typed("stop a drill", 1)));
    assertEquals(List.of(), troubles);
    assertEquals(1, published.size());
  }

  @Test
  void whileSocketModeIsTurnedOffThatIsSaidWithTheRemedy() {
    SlackWay opened = connected();
    secrets.put(SlackAccess.TOKEN, "xapp-of-another-app");

    slack.disconnect("link_disabled");
    await(() -> opened.notes().toString().contains("invalid_auth"), "no note");
    assertTrue(troubles.getFirst().contains("turn it on in the settings of the Slack app"));
    assertTrue(metrics().contains("cattleguard_slack_connected 0.0"), metrics());

    secrets.put(SlackAccess.TOKEN, FakeSocketMode.TOKEN);
    slack.await(slack.type(typed("stop a drill", 1)));
    await(() -> opened.notes().isEmpty(), "the note stays");
  }

  @Test
  void aWrongTokenIsSaidWithTheRemedyAndANewOneIsUsedByItself() {
    secrets.put(SlackAccess.TOKEN, "xoxb-a-bot-token");
    SlackWay opened = open(QUICK);
    await(
        () ->
            opened
                .notes()
                .toString()
                .contains("CATTLEGUARD_SLACK_APP_TOKEN is not an app-level token"),
        "no note");
    secrets.put(SlackAccess.TOKEN, "xapp-revoked");
    await(
        () ->
            opened
                .notes()
                .toString()
                .contains("Slack error: invalid_auth; set a valid app-level token"),
        "no note");
    assertEquals(2, troubles.size(), troubles::toString);
    assertFalse(troubles.toString().contains("revoked"), troubles::toString);

    secrets.put(SlackAccess.TOKEN, FakeSocketMode.TOKEN);
    slack.await(slack.type(typed("stop a drill", 1)));
    // A command may be carried out before the connecting thread notes that it has connected.
    await(() -> opened.notes().isEmpty(), "the note stays");
  }

  @Test
  void withoutATokenThereIsNoWay() {
    secrets.clear();
    assertEquals(
        Optional.empty(),
        SlackWay.of(
            SlackAccess.DEFAULT,
            name -> Optional.empty(),
            new SlackHost(
                () -> ONLY_ANNA,
                published::add,
                (request, identity) -> OperatorReply.failed(""),
                new InMemoryIncidents(),
                SlackWayTest::patch,
                () -> now,
                said::add,
                troubles::add,
                troubles::add)));
  }

  @Test
  void aSlackThatFallsSilentIsLeft() {
    open(
        new Pace(
            Duration.ofMillis(4),
            Duration.ofMillis(40),
            Duration.ZERO,
            Duration.ofMillis(500),
            Duration.ofMillis(20),
            Duration.ofMillis(200)));
    // On a busy machine, a late pong has ended the first connection before this thread looks.
    await(() -> slack.greetings() >= 1, "not connected");
    slack.silent(true);
    await(() -> troubles.toString().contains("Slack was silent"), "not left");
    slack.silent(false);
    slack.await(slack.type(typed("stop a drill", 1)));
  }

  @Test
  void aPingOfSlackIsAnswered() throws IOException {
    connected();
    slack.ping();
    await(() -> slack.pongs() == 1, "no pong");
  }

  @Test
  void hostileMessagesDoNothingAndDoNotEndTheConnection() throws IOException {
    SlackWay opened = connected();
    slack.send("");
    slack.send("not JSON <!channel>");
    slack.send("[".repeat(100_000));
    slack.send("{\"envelope_id\":\"<!channel>\",\"type\":\"interactive\",\"payload\":{}}");
    slack.send("{\"type\":\"hello\",\"num_connections\":\"\u202e\"}");
    slack.send("x".repeat(3 * SlackSocket.LARGEST));
    slack.sendBinary(new byte[1_000]);
    for (JsonNode payload :
        List.of(
            read("null"),
            read("[]"),
            read("{\"type\":\"block_actions\"}"),
            read("{\"type\":\"block_actions\",\"actions\":[{},{}]}"),
            press("<!channel>"),
            TestSlack.press(ANNA, TestSlack.undo()).put("user", "x"))) {
      slack.await(slack.press(payload));
      slack.await(slack.type(payload));
    }

    slack.await(slack.type(typed("stop a drill", 1)));

    assertEquals(1, published.size());
    assertEquals(1, slack.greetings());
    assertTrue(
        opened.notes().toString().contains("were not carried out"), opened.notes()::toString);
    assertFalse(opened.notes().toString().contains("<!channel>"));
    assertEquals(1, troubles.size(), "one line a minute: " + troubles);
    now = now.plus(Duration.ofMinutes(61));
    assertEquals(List.of(), opened.notes());
  }

  @Test
  void whoMayNotIsToldSoAndPeopleAreToldOnce() {
    connected();
    for (int i = 0; i < 50; i++) {
      slack.await(slack.press(press("U0OTHER").put("trigger_id", "9.9." + i)));
    }

    assertEquals(1, published.size());
    OperatorCommand told = published.getFirst();
    assertFalse(told.isOpen());
    assertEquals("slack:U0OTHER", told.who().identity());
    await(() -> replies.size() >= 1, "no reply");
    assertTrue(replies.getFirst().path("text").asText().contains("may not undo"));
    assertTrue(metrics().contains("outcome=\"refused\"} 50.0"), metrics());
    assertTrue(said.toString().contains("slack:U0OTHER may not undo"), said::toString);
  }

  @Test
  void anOldPressThatComesAgainDoesNothingAndIsTold() {
    connected();
    now = now.plusSeconds(301);

    slack.await(slack.press(press(ANNA)));

    assertEquals(1, published.size());
    assertTrue(published.getFirst().ignored().orElse("").contains("more than 5 min"));
    assertTrue(metrics().contains("outcome=\"late\"} 1.0"), metrics());
    await(() -> replies.size() == 1, "the person who pressed is not told");
    assertTrue(replies.getFirst().path("text").asText().contains("came more than 5 min"));
    assertEquals("ephemeral", replies.getFirst().path("response_type").asText());
  }

  @Test
  void anotherProcessWithTheSameTokenIsNoticed() {
    slack.others(1);
    connected();

    assertTrue(troubles.toString().contains("another process is connected"), troubles::toString);
  }

  @Test
  void aQuestionIsAnsweredToItsUser() {
    connected();

    JsonNode answer = slack.await(slack.type(typed("contained", 1))).path("payload");

    assertEquals("Nothing is contained.", answer.path("text").asText());
    assertEquals("ephemeral", answer.path("response_type").asText());
    assertEquals(List.of(), published);
  }
}
