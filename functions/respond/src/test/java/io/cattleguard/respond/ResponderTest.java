package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The order that is the same for every action. */
final class ResponderTest {
  private static final Actions ACTIONS =
      Actions.of(List.of("lock-box = io.cattleguard.respond.LockBox"));

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();

  private Responder responder(Mode mode, Places places) {
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            mode,
            Duration.ofMinutes(10),
            List.of(new LockBox()),
            Budget.DEFAULT);
    return new Responder(
        new Playbooks(List.of(playbook), ACTIONS),
        places,
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private Responder responder(Mode mode) {
    return responder(mode, Places.of(Vault.class, vault));
  }

  private static ScoredAlert about(String id, String box) {
    return TestAlerts.scored(
        TestAlerts.alert(id, "r", Severity.CRITICAL)
            .target(Target.builder().resource(box).build())
            .build(),
        85);
  }

  @Test
  void anActionIsLookedAtDecidedClaimedTakenVerifiedRecordedAndTold() {
    vault.slow = 2;

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals(List.of("look", "take", "verify", "verify", "verify"), vault.calls);
    assertEquals(ResponseOutcome.TAKEN, told.outcome());
    assertEquals("box b1", told.target());
    assertEquals(
        "b1", ledger.answered("a1", "lock-box").orElseThrow().uid(), "it is recorded as told");
    assertEquals(told.decidedAt().plus(Duration.ofHours(1)), told.leaseUntil());
  }

  @Test
  void whatNeverShowsIsAFailureAndWhatIsNotInForceIsForgotten() {
    vault.slow = 1_000;

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertEquals("not seen to be locked", told.explanation());
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void whatSpeaksAgainstItIsToldAndNothingIsTaken() {
    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b2"), now, false).getFirst();

    assertEquals(List.of("look"), vault.calls);
    assertEquals(ResponseOutcome.REFUSED, told.outcome());
    assertEquals(List.of("it is empty"), told.objections());
  }

  @Test
  void aPlaceThatIsAwayIsAnObjection() {
    vault.away = true;

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals(List.of("cannot read the box: the vault is away"), told.objections());
    assertEquals("box b1", told.target());
  }

  @Test
  void aResponderLeavesTheStepsOfOtherPlacesToOthers() {
    Responder other = responder(Mode.ENFORCE, Places.of(String.class, "elsewhere"));

    assertEquals(List.of(), other.respond(about("a1", "b1"), now, false));
    assertEquals(List.of(), vault.calls);
  }

  @Test
  void promise5AnAttemptThatWasKilledIsToldByItsAction() {
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.claim(key, "a1", now, Duration.ofMinutes(2));
    ledger.remember(containment("lock-box", "b1"));
    vault.boxes.clear();

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals("locked, and interrupted", told.explanation());
    assertEquals(containment("lock-box", "b1").until(), told.leaseUntil());
    assertEquals(
        told, responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst(), "again");
  }

  @Test
  void promise10WhatAnotherRespondersActionContainedIsLeftToIt() {
    ledger.remember(containment("burn-box", "b1"));

    assertEquals(List.of(), responder(Mode.ENFORCE).releaseEnded(Instant.MAX));
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  @Test
  void promise10ALeaseThatEndsIsUndoneOnceByItsAction() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    now = now.plus(Duration.ofHours(2));

    List<ResponseDecided> told = responder(Mode.ENFORCE).releaseEnded(now);

    assertEquals("lease expired: open", told.getFirst().explanation());
    assertTrue(vault.locked.isEmpty());
    assertEquals(List.of(), responder(Mode.ENFORCE).releaseEnded(now));
  }

  @Test
  void promise10AReleaseThatFailsDoesNotKeepTheOthersContained() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    vault.boxes.add("b3");
    responder(Mode.ENFORCE).respond(about("a2", "b3"), now, false);
    now = now.plus(Duration.ofHours(2));
    List<ResponseDecided> told = new ArrayList<>();
    LeaseSweep sweep =
        new LeaseSweep(
            List.of(responder(Mode.ENFORCE), responder(Mode.ENFORCE)), Duration.ofMinutes(1));
    Consumer<ResponseDecided> firstTellFails =
        decided -> {
          told.add(decided);
          if (told.size() == 1) {
            throw new IllegalStateException("the bus is away");
          }
        };

    RuntimeException error = sweep.sweep(now, firstTellFails).orElseThrow();

    assertEquals("the bus is away", error.getMessage());
    assertEquals(Set.of(), vault.locked);
    assertEquals(3, told.size(), "the one that was not told is told by the second responder");
    now = now.plusSeconds(59);
    assertEquals(Optional.empty(), sweep.sweep(now, told::add));
    assertEquals(3, told.size(), "nothing is left");
  }

  @Test
  void leasesAreReadOncePerInterval() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    LeaseSweep sweep = new LeaseSweep(List.of(responder(Mode.ENFORCE)), Duration.ofMinutes(1));
    List<ResponseDecided> told = new ArrayList<>();
    Instant ended = now.plus(Duration.ofHours(2));
    assertEquals(Optional.empty(), sweep.sweep(ended.minus(Duration.ofHours(1)), told::add));
    assertEquals(Optional.empty(), sweep.sweep(ended.minus(Duration.ofHours(1)), told::add));
    assertEquals(Optional.empty(), sweep.sweep(ended, told::add));
    assertEquals(1, told.size());
  }

  private static Ledger.Containment containment(String action, String uid) {
    return new Ledger.Containment(
        action,
        uid,
        new LockBox.Named(uid).toJson(),
        "test",
        TestAlerts.AT,
        TestAlerts.AT.plusSeconds(100),
        AlertJson.write(about("a0", uid)).toString());
  }
}
