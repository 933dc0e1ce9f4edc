package io.cattleguard.app.slack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.Question;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.slack.FakeSlack;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the answers to questions from Slack. */
final class SlackQuestionsTest {
  private static final String ID = "7c1e6d1f0a2b4c3d8e9f001122334455";
  private static final Instant NOW = TestIncidents.AT.plusSeconds(600);
  private static final OperatorCommand.Who ANNA =
      new OperatorCommand.Who("slack:U0EXAMPLE", Optional.of("anna"));

  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private final Recorder recorder = new Recorder(incidents);
  private final List<String> troubles = new ArrayList<>();
  @TempDir private Path policy;
  private RecordedIncidents records = incidents;
  private OperatorReply reply =
      new OperatorReply(true, List.of(), Optional.of("Nothing is there."));

  private void record(ScoredAlert scored) {
    recorder.record(AlertJson.write(scored), "cattleguard.score");
  }

  private void record(ResponseDecided decided) {
    recorder.record(decided.write(), "cattleguard.respond");
  }

  private String answer(Question.Kind kind) {
    return answer(kind, ID.substring(0, 8));
  }

  private String answer(Question.Kind kind, String incident) {
    ObjectNode answer =
        new SlackQuestions(
                new SlackHost(
                    () -> Operators.DEFAULT,
                    command -> {
                      throw new AssertionError("a question commands nothing");
                    },
                    (request, identity) -> {
                      assertTrue(request.isQuestion());
                      return reply;
                    },
                    records,
                    (entry, now) -> DeviationPatch.in(policy, entry, now),
                    () -> NOW,
                    troubles::add,
                    troubles::add,
                    troubles::add))
            .answer(
                kind == Question.Kind.ACCEPT
                    ? Question.accepting(
                        new AcceptableEntry("blue/shop/Deployment/web/nginx", "file:/x"))
                    : new Question(kind, Duration.ofHours(24), incident),
                ANNA);
    assertEquals("ephemeral", answer.remove("response_type").asText());
    answer.remove("replace_original");
    if (answer.has("blocks")) {
      assertEquals(List.of(), FakeSlack.SlackRules.objections(answer));
    }
    return answer.toString();
  }

  @Test
  void whatHappenedIsListedWithWhatIsHeldFirst() {
    ScoredAlert held = TestIncidents.opened(ID);
    record(held);
    record(
        TestIncidents.decided(
            held, "isolate-pod", ResponseOutcome.TAKEN, 1, NOW.plus(Duration.ofHours(4))));
    String later = "b" + ID.substring(1);
    ScoredAlert refused = TestIncidents.opened(later);
    record(refused);
    record(TestIncidents.decided(refused, "delete-pod", ResponseOutcome.REFUSED, 30));

    String answer = answer(Question.Kind.INCIDENTS);

    assertTrue(
        answer.contains("2 incidents since ") && answer.contains("1 contained or waiting"), answer);
    assertTrue(answer.indexOf(ID) < answer.indexOf(later), answer);
    for (String part :
        List.of(
            "Contained until", "isolate-pod after", "delete-pod refused", "last-ready-replica")) {
      assertTrue(answer.contains(part), part + " in " + answer);
    }
  }

  @Test
  void whyAnIncidentWasLeftAloneIsSaid() {
    ScoredAlert refused = TestIncidents.opened(ID);
    record(refused);
    record(TestIncidents.decided(refused, "delete-pod", ResponseOutcome.REFUSED, 30));

    String answer = answer(Question.Kind.INCIDENT);

    for (String part :
        List.of(
            "Incident " + ID,
            "Refused: delete-pod",
            "pod shop/web-1 (uid 1)",
            "guard `last-ready-replica: the only one`",
            "fingerprint `problem-" + ID,
            "1 alert of 1 problem")) {
      assertTrue(answer.contains(part), part + " in " + answer);
    }
    assertTrue(answer(Question.Kind.INCIDENT, "0000000").contains("No incident"), answer);
  }

  @Test
  void anIncidentInWhichNothingWasDoneSaysSo() {
    record(TestIncidents.opened(ID));

    assertTrue(answer(Question.Kind.INCIDENT).contains("No playbook matched these alerts"));
  }

  @ParameterizedTest
  @EnumSource(Question.Kind.class)
  void nothingIsAnAnswerToo(Question.Kind kind) {
    String answer = answer(kind);

    assertTrue(
        answer.contains("No incident")
            || answer.contains("Nothing is there")
            || answer.contains("has no model of this workload"),
        answer);
  }

  @Test
  void fiveHundredIncidentsAreOneMessageThatCountsTheRest() {
    for (int i = 0; i < 500; i++) {
      record(TestIncidents.opened("%032x".formatted(i)));
    }

    String answer = answer(Question.Kind.INCIDENTS);

    assertTrue(answer.contains("500 or more incidents since"), answer);
    assertTrue(answer.contains(" more are not shown here"), answer);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextPagesNobodyAndFitsSlack(String what, String text) {
    for (String id : List.of(ID, "b" + ID.substring(1))) {
      record(HostileNotices.everywhere(text).incident(id, text, text).scored());
      record(
          HostileNotices.everywhere(text)
              .incident(id, text)
              .decided(ResponseOutcome.REFUSED, text, text, text));
    }
    reply =
        new OperatorReply(
            true,
            Collections.nCopies(
                30,
                new OperatorReply.Result(
                    text + "  " + text, JsonNodeFactory.instance.objectNode().put("action", text))),
            Optional.of(text));

    for (Question.Kind kind : Question.Kind.values()) {
      String answer = FakeSlack.withoutControls(answer(kind));
      assertFalse(answer.contains("<") || answer.contains(">"), what + ": " + answer);
    }
    reply = new OperatorReply(true, List.of(), Optional.of(text));
    answer(Question.Kind.CONTAINED);
  }

  @Test
  void recordsThatCannotBeReadAreSaidToBe() {
    records =
        new RecordedIncidents() {
          @Override
          public Optional<io.cattleguard.record.IncidentRecord> find(String id) {
            throw new Unavailable("the disk is full");
          }

          @Override
          public List<io.cattleguard.record.IncidentSummary> latest(Instant since, int limit) {
            throw new Unavailable("the disk is full");
          }

          @Override
          public List<io.cattleguard.record.IncidentSummary> holding(int limit) {
            throw new Unavailable("the disk is full");
          }
        };

    assertTrue(answer(Question.Kind.INCIDENTS).contains("cannot be read now"));
    assertTrue(troubles.toString().contains("the disk is full"), troubles::toString);
  }
}
