package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.handler.HandlerResponders;
import io.cattleguard.respond.handler.RespondHandler;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.metrics.Vitals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests the shared part of the responders' Lambda functions. */
final class RespondHandlerTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(1);

  private final Vault vault = new Vault();
  private static final Limits ON_CALL_APPROVES =
      new Limits(
          Set.of(),
          Limits.DEFAULT.hourly(),
          Limits.DEFAULT.repeatOffender(),
          Limits.DEFAULT.circuitBreaker(),
          Map.of(),
          new Operators(
              Map.of(
                  OperatorCommand.Verb.APPROVE,
                  List.of(new IdentityPattern("aws:AROAEXAMPLEID:on-call")),
                  OperatorCommand.Verb.STOP,
                  List.of(new IdentityPattern("aws:AROAEXAMPLEID:on-call")))));

  private final List<Instant> reports = new ArrayList<>();
  private final List<ResponseDecided> published = new ArrayList<>();
  private final List<OperatorCommand> answers = new ArrayList<>();
  private Instant now = NOW;

  /** A function with one responder. */
  private final class Handler extends RespondHandler {
    Handler(Responder responder, EventPublisher publisher) {
      super(HandlerResponders.of(responder, RespondHandlerTest.this::report), publisher, () -> now);
    }
  }

  private Vitals report(Instant at) {
    reports.add(at);
    if (reports.size() == 1) {
      throw new Unavailable("the table is throttled");
    }
    return Vitals.NONE;
  }

  private Handler handler(Set<Integer> refused) {
    return handler(Mode.ENFORCE, refused);
  }

  private Handler handler(Mode mode, Set<Integer> refused) {
    Playbook playbook = Boxes.playbook(mode, new LockBox(), new LockBox());
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(playbook),
                Actions.of(List.of("lock-box = io.cattleguard.respond.LockBox")),
                ON_CALL_APPROVES),
            Places.of(Vault.class, vault),
            new InMemoryLedger(),
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> {});
    return new Handler(
        responder,
        events -> {
          vault.calls.add("publish " + events.size());
          for (BusEvent event : events) {
            assertEquals("cattleguard.respond", event.source());
            if (event.type() == DetailType.OPERATOR_COMMAND) {
              answers.add(OperatorCommand.read(event.source(), event.detail()));
            } else {
              published.add(ResponseDecided.read(event.detail()));
            }
          }
          return refused;
        });
  }

  private static Message message() {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("detail-type", "Alert Scored");
    event.set("detail", AlertJson.write(scored()));
    return new Message("m1", event.toString());
  }

  private static ScoredAlert scored() {
    return Boxes.about("a1", "b1", TestAlerts.AT);
  }

  @Test
  void eachStepIsPublishedBeforeTheNextOneIsLookedAt() {
    assertEquals(Set.of(), handler(Set.of()).handle(List.of(message())));

    assertEquals(List.of("look", "take", "verify", "publish 1", "look"), vault.calls);
  }

  @Test
  void aStepThatTheBusRefusesFailsTheMessageAndKeepsNoNextStepFromBeingTaken() {
    assertEquals(Set.of("m1"), handler(Set.of(0)).handle(List.of(message())));

    assertEquals(List.of("look", "take", "verify", "publish 1", "look", "publish 1"), vault.calls);
  }

  @Test
  void aMessageToItselfIsTakenAndPublished() {
    vault.boxes.add("b1");
    DelayedMessage.Decide decide = new DelayedMessage.Decide(scored(), List.of("test/lock-box"), 1);

    assertEquals(
        Set.of(), handler(Set.of()).handle(List.of(new Message("m1", decide.toJson().toString()))));

    assertEquals(List.of("look", "take", "verify", "publish 1", "look"), vault.calls);
  }

  private static Message command(String source, String approval, String who) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("detail-type", "Operator Command").put("source", source);
    event.set(
        "detail",
        OperatorCommand.of(
                OperatorCommand.Verb.APPROVE,
                new OperatorCommand.Who(who, Optional.empty()),
                "it is not ours",
                NOW,
                Optional.empty(),
                OperatorCommand.About.approval(approval))
            .write());
    return new Message("c1", event.toString());
  }

  @Test
  void promise14AnApprovalFromTheBusActsForWhomTheSourceNamesAndNotForWhomThePayloadNames() {
    Handler handler = handler(Mode.APPROVE, Set.of());
    handler.handle(List.of(message()));
    assertEquals(ResponseOutcome.AWAITING_APPROVAL, published.getLast().outcome());
    String id = Objects.requireNonNull(published.getLast().approval()).id();

    String forged = "cattleguard.operator.AROAEXAMPLEID:another";
    assertEquals(
        Set.of(), handler.handle(List.of(command(forged, id, "aws:AROAEXAMPLEID:on-call"))));
    assertEquals(Set.of(), vault.locked);
    assertEquals(ResponseOutcome.AWAITING_APPROVAL, published.getLast().outcome());
    assertEquals(Set.of("c1"), handler.handle(List.of(command("cattleguard.route", id, "aws:x"))));
    assertEquals(Set.of(), vault.locked);

    Message approve = command("cattleguard.operator.AROAEXAMPLEID:on-call", id, "unix:root");
    assertEquals(Set.of(), handler.handle(List.of(approve)));
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(
        "approved by aws:AROAEXAMPLEID:on-call (it is not ours): locked",
        published.getLast().explanation());
    int before = published.size();
    assertEquals(Set.of(), handler.handle(List.of(approve)), "delivered again");
    assertEquals(before, published.size());
  }

  private static Message stop(String userId) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event
        .put("detail-type", "Operator Command")
        .put("source", "cattleguard.operator." + userId)
        .set(
            "detail",
            OperatorCommand.of(
                    OperatorCommand.Verb.STOP,
                    new OperatorCommand.Who("aws:AROAEXAMPLEID:on-call", Optional.empty()),
                    "drill",
                    NOW,
                    Optional.empty(),
                    OperatorCommand.About.DEPLOYMENT)
                .write());
    return new Message("c1", event.toString());
  }

  @Test
  void promise14PeopleHearFromTheResponderWhetherAStopIsInForceOrWasIgnored() {
    Handler handler = handler(Mode.ENFORCE, Set.of());

    assertEquals(Set.of(), handler.handle(List.of(stop("AROAOTHERID:deploy"))));
    assertEquals(
        "operators in settings.yaml allows it to aws:AROAEXAMPLEID:on-call",
        answers.getLast().ignored().orElseThrow());
    assertFalse(answers.getLast().applied());
    assertEquals("aws:AROAOTHERID:deploy", answers.getLast().who().identity());
    assertEquals(Set.of(), handler.handle(List.of(message())));
    assertEquals(Set.of("b1"), vault.locked, "nothing was stopped");

    assertEquals(Set.of(), handler.handle(List.of(stop("AROAEXAMPLEID:on-call"))));
    assertTrue(answers.getLast().applied());
    OperatorCommand first = answers.getLast();
    assertEquals(Set.of(), handler.handle(List.of(stop("AROAEXAMPLEID:on-call"))));
    assertEquals(first.id(), answers.getLast().id(), "who hears of both knows that it is one");
    assertEquals(
        Set.of("c1"),
        handler(Mode.ENFORCE, Set.of(0)).handle(List.of(stop("AROAEXAMPLEID:on-call"))),
        "an answer that is not published is published by the redelivery");
  }

  @Test
  void aReplayedCommandIsNotCarriedOut() throws Exception {
    Handler handler = handler(Mode.APPROVE, Set.of());
    handler.handle(List.of(message()));
    String id = Objects.requireNonNull(published.getLast().approval()).id();
    Message approve = command("cattleguard.operator.AROAEXAMPLEID:on-call", id, "unix:root");
    ObjectNode replayed = (ObjectNode) JsonMapper.builder().build().readTree(approve.body());

    assertEquals(
        Set.of("c1"),
        handler.handle(
            List.of(new Message("c1", replayed.put("replay-name", "drill").toString()))));

    assertEquals(Set.of(), vault.locked);
  }

  @Test
  void theTimerOnlyReleases() {
    assertEquals(
        Set.of(),
        handler(Set.of())
            .handle(List.of(new Message("m1", "{\"detail-type\":\"Lease Timer\",\"detail\":{}}"))));

    assertEquals(List.of(), vault.calls);
  }

  @Test
  void theStateOfContainmentsIsReportedEveryFiveMinutesAndFailsNoMessage() {
    Handler handler = handler(Set.of());
    for (int minute = 0; minute <= 10; minute++) {
      now = NOW.plusSeconds(60L * minute);
      assertEquals(
          Set.of(),
          handler.handle(List.of(new Message("m1", "{\"detail-type\":\"Lease Timer\"}"))));
    }

    assertEquals(List.of(NOW, NOW.plusSeconds(300), NOW.plusSeconds(600)), reports);
  }
}
