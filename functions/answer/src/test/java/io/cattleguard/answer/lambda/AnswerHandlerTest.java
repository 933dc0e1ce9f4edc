package io.cattleguard.answer.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.Answers;
import io.cattleguard.answer.Listing;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.Question;
import io.cattleguard.events.operator.Question.Kind;
import io.cattleguard.events.operator.QuestionAsked;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.record.stored.DynamoIncidentsTest;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.slack.FakeSlack;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the answer that a person in Slack gets for a question on the bus. */
final class AnswerHandlerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ID = "7c1e6d1f0a2b4c3d8e9f001122334455";
  private static final Instant NOW = TestIncidents.AT.plusSeconds(600);
  private static final URI ADDRESS = URI.create("https://hooks.slack.com/commands/T0EXAMPLE/1/abc");
  private static final Operators ONLY_ANNA =
      new Operators(Map.of(Verb.UNDO, List.of(new IdentityPattern("slack:U0EXAMPLE"))));

  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private final List<JsonNode> sent = new ArrayList<>();
  private final Deque<Replies.Reply> replies = new ArrayDeque<>();
  private Answers answers =
      new Answers(
          incidents,
          now -> new Listing(List.of(), Optional.of("Nothing is contained.")),
          now -> new Listing(List.of(), Optional.of("Nothing is silenced.")),
          AnswerHandlerTest::patch);
  private Instant now = NOW;

  private static final AcceptableEntry ENTRY =
      new AcceptableEntry("blue/shop/Deployment/web/nginx", "listener:tcp/9090");

  private static DeviationPatch patch(AcceptableEntry entry, Instant at) {
    return new DeviationPatch(
        entry, "listens", "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+y\n", List.of(), Optional.empty());
  }

  private AnswerHandler handler() {
    return new AnswerHandler(
        answers,
        ONLY_ANNA,
        (address, json) -> {
          assertEquals(ADDRESS, address);
          sent.add(read(json));
          return replies.isEmpty() ? Replies.Reply.TAKEN : replies.pop();
        },
        () -> now);
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Message asked(Kind kind) {
    return asked(kind, "slack:U0EXAMPLE");
  }

  private static Message asked(Kind kind, String who) {
    return message(
        "cattleguard.operator",
        QuestionAsked.of(
                kind == Kind.ACCEPT
                    ? Question.accepting(ENTRY)
                    : new Question(kind, Question.USUAL, kind == Kind.INCIDENT ? "7c1e6d1f" : ""),
                new OperatorCommand.Who(who, Optional.of("anna")),
                NOW,
                ADDRESS)
            .write());
  }

  private static Message message(String source, ObjectNode detail) {
    return new Message(
        "m1", new BusEvent(source, DetailType.QUESTION_ASKED, NOW, detail).toJson().toString());
  }

  private String told() {
    JsonNode last = sent.getLast();
    assertEquals("ephemeral", last.path("response_type").asText(), "only the person sees it");
    assertFalse(last.path("replace_original").asBoolean(true));
    return last.toString();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyQuestionIsAnsweredToWhoAsked(Kind kind) {
    ScoredAlert refused = TestIncidents.opened(ID);
    new Recorder(incidents).record(AlertJson.write(refused), "cattleguard.score");

    assertEquals(Set.of(), handler().handle(List.of(asked(kind))));

    String told = told();
    ObjectNode blocks = sent.getLast().deepCopy();
    blocks.remove("response_type");
    blocks.remove("replace_original");
    assertEquals(List.of(), FakeSlack.SlackRules.objections(blocks));
    assertTrue(
        told.contains(
            switch (kind) {
              case INCIDENTS -> "1 incident since ";
              case INCIDENT -> "Incident " + ID;
              case CONTAINED -> "Nothing is contained.";
              case SILENCES -> "Nothing is silenced.";
              case ACCEPT -> "git apply --directory=policy";
            }),
        told);
  }

  @Test
  void theTablesAreReadAndNeverWritten() {
    String name = UUID.randomUUID().toString();
    DynamoIncidentsTest.createTable(name + "-incidents");
    DynamoDbLocal.createTable(name + "-ledger");
    DynamoDbLocal.createTable(name + "-sightings");
    DynamoIncidents records =
        new DynamoIncidents(DynamoDbLocal.aws(), name + "-incidents", Duration.ofDays(1));
    ScoredAlert held = TestIncidents.opened(ID);
    Recorder recorder = new Recorder(records);
    recorder.record(AlertJson.write(held), "cattleguard.score");
    recorder.record(
        TestIncidents.decided(
                held, "isolate-pod", ResponseOutcome.TAKEN, 1, NOW.plus(Duration.ofHours(4)))
            .write(),
        "cattleguard.respond");
    DynamoTable ledger = new DynamoTable(DynamoDbLocal.aws(), name + "-ledger");
    DynamoTable sightings = new DynamoTable(DynamoDbLocal.aws(), name + "-sightings");
    StoredLedger blue = StoredLedger.of(ledger, "blue");
    blue.remember(
        new Containment(
            "isolate-pod",
            "uid-1",
            JsonNodeFactory.instance.objectNode(),
            "reverse-shell",
            NOW,
            NOW.plus(Duration.ofHours(4)),
            "{}"));
    new StoredLedger(ledger).endedBy(NOW); // as the responders do every minute
    new Operations(StoredLedger.in(ledger)).stop(new OperatorOrder("anna", "a drill"), NOW);
    new StoredSilences(sightings, Duration.ZERO)
        .add(
            Silence.of(
                JsonNodeFactory.instance
                    .objectNode()
                    .set("fingerprint", JsonNodeFactory.instance.arrayNode().add(ID)),
                "anna",
                "a load test",
                NOW,
                NOW.plus(Duration.ofDays(14)),
                Severity.HIGH,
                false,
                false),
            NOW);
    answers =
        AnswerHandler.answers(
            records, new ReadOnly(ledger), new ReadOnly(sightings), Path.of("none"));
    AnswerHandler handler = handler();

    handler.handle(List.of(asked(Kind.INCIDENTS)));
    assertTrue(told().contains("Contained until"), told());
    handler.handle(List.of(asked(Kind.INCIDENT)));
    assertTrue(told().contains("Taken: isolate-pod"), told());
    handler.handle(List.of(asked(Kind.CONTAINED)));
    assertTrue(
        told().contains("blue/isolate-pod/uid-1") && told().contains("The kill switch is on since"),
        told());
    handler.handle(List.of(asked(Kind.SILENCES)));
    assertTrue(told().contains("a load test"), told());
  }

  @ParameterizedTest
  @CsvSource({
    // seconds since the containment, what the heading says
    "600, '1 incident since ', '; 1 contained or waiting for you'",
    "90000, 'No incident since ', '; 1 contained or waiting for you'"
  })
  void whatIsHeldSinceLongAgoIsNotCountedAsRecent(long seconds, String recent, String held) {
    ScoredAlert opened = TestIncidents.opened(ID);
    Recorder recorder = new Recorder(incidents);
    recorder.record(AlertJson.write(opened), "cattleguard.score");
    recorder.record(
        TestIncidents.decided(
                opened, "isolate-pod", ResponseOutcome.TAKEN, 1, NOW.plus(Duration.ofDays(4)))
            .write(),
        "cattleguard.respond");

    String heading = summary(Kind.INCIDENTS, TestIncidents.AT.plusSeconds(seconds));

    assertTrue(heading.startsWith(recent) && heading.endsWith(held), heading);
  }

  @Test
  void whatIsRecentAndNotHeldIsSaid() {
    new Recorder(incidents).record(AlertJson.write(TestIncidents.opened(ID)), "cattleguard.score");

    String heading = summary(Kind.INCIDENTS, NOW);

    assertTrue(heading.endsWith("; none contained or waiting for you"), heading);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, Nothing is contained., More: /cattleguard help",
    "true, false, Nothing is contained., To turn the kill switch off: /cattleguard resume REASON",
    "false, true, Contained now, To end one: /cattleguard undo ID REASON",
    "true, true, Contained now, 'To end one: /cattleguard undo ID REASON. To turn the kill switch"
        + " off: /cattleguard resume REASON'",
  })
  void aKillSwitchIsNoContainment(boolean halted, boolean contained, String heading, String note) {
    List<Listing.Entry> entries = new ArrayList<>();
    if (halted) {
      entries.add(
          new Listing.Entry(
              "The kill switch is on since 08:00, by anna: a drill",
              JsonNodeFactory.instance.objectNode().put("killSwitch", true)));
    }
    if (contained) {
      entries.add(
          new Listing.Entry(
              "blue/isolate-pod/uid-1  until 12:00",
              JsonNodeFactory.instance.objectNode().put("action", "isolate-pod")));
    }
    answers =
        new Answers(
            incidents,
            now ->
                new Listing(
                    entries, contained ? Optional.empty() : Optional.of("Nothing is contained.")),
            now -> new Listing(List.of(), Optional.empty()),
            AnswerHandlerTest::patch);

    assertEquals(heading, summary(Kind.CONTAINED, NOW));
    handler().handle(List.of(asked(Kind.CONTAINED)));
    assertTrue(told().contains(note + '"'), told());
    assertEquals(halted, told().contains("The kill switch is on since"), told());
  }

  private String summary(Kind kind, Instant at) {
    return answers.answer(new Question(kind, Question.USUAL, ""), at).summary();
  }

  /** A table of which the caller may only get items. */
  private record ReadOnly(VersionedTable table) implements VersionedTable {
    @Override
    public Optional<State> remembered(String key) {
      return table.remembered(key);
    }

    @Override
    public Optional<State> read(String key) {
      return table.read(key);
    }

    @Override
    public List<State> readAll(Collection<String> keys) {
      return table.readAll(keys);
    }

    @Override
    public Optional<State> store(State next, long expectedVersion, Instant expires) {
      throw new Unavailable("may not write " + next.key());
    }

    @Override
    public void delete(String key) {
      throw new Unavailable("may not delete " + key);
    }

    @Override
    public List<State> scan(String prefix) {
      throw new Unavailable("may not scan for " + prefix);
    }
  }

  @Test
  void aQuestionThatIsDeliveredAgainIsAnsweredOnce() {
    AnswerHandler handler = handler();

    assertEquals(Set.of(), handler.handle(List.of(asked(Kind.CONTAINED), asked(Kind.CONTAINED))));
    assertEquals(Set.of(), handler.handle(List.of(asked(Kind.CONTAINED))));

    assertEquals(1, sent.size());
  }

  @ParameterizedTest
  @CsvSource({
    "299, Nothing is contained.",
    "301, Your question was not answered within 5 min; ask again.",
    "1799, Your question was not answered within 5 min; ask again."
  })
  void anOldQuestionIsNotLookedUp(long seconds, String says) {
    now = NOW.plusSeconds(seconds);

    assertEquals(Set.of(), handler().handle(List.of(asked(Kind.CONTAINED))));

    assertTrue(told().contains(says), told());
  }

  @Test
  void whenSlackTakesNoAnswerAnyMoreNothingIsSent() {
    now = NOW.plusSeconds(1_801);

    assertEquals(Set.of(), handler().handle(List.of(asked(Kind.CONTAINED))));

    assertEquals(List.of(), sent);
  }

  @Test
  void whoMayCommandNothingAnyMoreIsShownNothing() {
    ScoredAlert opened = TestIncidents.opened(ID);
    new Recorder(incidents).record(AlertJson.write(opened), "cattleguard.score");

    handler().handle(List.of(asked(Kind.INCIDENTS, "slack:U0OTHER")));

    assertTrue(told().contains("Nothing is shown"), told());
    assertFalse(told().contains(ID), told());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cattleguard.operator.AROAEXAMPLEID:ann", "cattleguard.respond"})
  void aQuestionThatOperateDidNotAskReachesTheDeadLetterQueue(String source) {
    ObjectNode detail =
        ContractFiles.json("samples", "v1/question-asked.json").path("detail").deepCopy();

    assertEquals(Set.of("m1"), handler().handle(List.of(message(source, detail))));
    assertEquals(
        Set.of("m1"),
        handler()
            .handle(
                List.of(
                    message(
                        "cattleguard.operator",
                        detail.deepCopy().put("answerTo", "https://hooks.slack.com.example/1")))));
    assertEquals(Set.of("m1"), handler().handle(List.of(new Message("m1", "no JSON"))));
    assertEquals(List.of(), sent);
  }

  @Test
  void recordsThatCannotBeReadAreSaidToBe() {
    unreadable(new Unavailable("ThrottlingException at table 1234"));
  }

  @Test
  void aFaultOfOursIsToldAtOnce() {
    unreadable(new IllegalStateException("a bug at table 1234"));
  }

  private void unreadable(RuntimeException thrown) {
    answers =
        new Answers(
            incidents,
            now -> {
              throw thrown;
            },
            now -> new Listing(List.of(), Optional.empty()),
            AnswerHandlerTest::patch);

    assertEquals(Set.of(), handler().handle(List.of(asked(Kind.CONTAINED))));

    assertTrue(told().contains("cannot be read now"), told());
    assertFalse(told().contains("1234"), told());
  }

  @Test
  void anAnswerIsSentAgainWhileSlackIsAway() {
    AnswerHandler handler = handler();
    replies.add(Replies.Reply.AGAIN);

    assertEquals(Set.of("m1"), handler.handle(List.of(asked(Kind.CONTAINED))));
    assertEquals(Set.of(), handler.handle(List.of(asked(Kind.CONTAINED))));

    assertEquals(2, sent.size());
  }

  @Test
  void anAnswerThatSlackDoesNotTakeIsGivenUp() {
    replies.add(Replies.Reply.REFUSED);

    assertEquals(Set.of(), handler().handle(List.of(asked(Kind.CONTAINED))));
    replies.add(Replies.Reply.AGAIN);
    now = NOW.plusSeconds(301);
    assertEquals(Set.of(), handler().handle(List.of(asked(Kind.CONTAINED))), "too old to retry");
  }
}
