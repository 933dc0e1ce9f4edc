package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.handler.HandlerResponders;
import io.cattleguard.respond.handler.RespondHandler;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The shared part of the responders' Lambda functions. */
final class RespondHandlerTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(1);

  private final Vault vault = new Vault();
  private final List<Instant> reports = new ArrayList<>();
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
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(), new LockBox()),
            Budget.DEFAULT);
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(playbook),
                Actions.of(List.of("lock-box = io.cattleguard.respond.LockBox"))),
            Places.of(Vault.class, vault),
            new InMemoryLedger(),
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> {});
    return new Handler(
        responder,
        events -> {
          vault.calls.add("publish " + events.size());
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
    return TestAlerts.scored(
        TestAlerts.alert("a1", "r", Severity.CRITICAL)
            .target(Target.builder().resource("b1").build())
            .build(),
        85);
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
    Again.Decide decide = new Again.Decide(scored(), List.of("test/lock-box"), 1);

    assertEquals(
        Set.of(), handler(Set.of()).handle(List.of(new Message("m1", decide.toJson().toString()))));

    assertEquals(List.of("look", "take", "verify", "publish 1", "look"), vault.calls);
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
