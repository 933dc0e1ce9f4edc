package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.Unverified;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests how often an effect is checked, and which outcomes count as failures. */
final class VerificationTest {
  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();
  private Instant now = TestAlerts.AT;
  private final Messages messages = new Messages(() -> now);
  private final Responder responder = responder(ledger);

  private Responder responder(Ledger over) {
    return Boxes.responder(
        Boxes.playbook(Mode.ENFORCE, new LockBox()), vault, over, () -> now, messages);
  }

  private static ScoredAlert alert() {
    return Boxes.about("a1", "b1", TestAlerts.AT);
  }

  /** Delivers each message when it is due, and returns when that was, since the action. */
  private List<Duration> checks(List<ResponseDecided> told) {
    List<Duration> checks = new ArrayList<>();
    Instant taken = now;
    while (messages.waiting() > 0) {
      now = messages.nextDue();
      checks.add(Duration.between(taken, now));
      messages.deliver(responder, told::add);
    }
    return checks;
  }

  private int failures() {
    return ledger
        .spentByOthers(
            List.of(new Ledger.Spent(Allowance.CIRCUIT_BREAKER, "", TestAlerts.AT.minusSeconds(1))))
        .getOrDefault(Allowance.CIRCUIT_BREAKER, -1);
  }

  @Test
  void checksAreFrequentAtFirstAndComeAtLeastEveryFifteenSeconds() {
    vault.slow = 1_000;
    responder.respond(alert(), now, false);

    List<Duration> checks = checks(new ArrayList<>());

    assertEquals(
        List.of(100L, 200L, 300L, 450L), checks.stream().limit(4).map(Duration::toMillis).toList());
    for (int i = 1; i < checks.size(); i++) {
      Duration pause = checks.get(i).minus(checks.get(i - 1));
      Duration half = checks.get(i - 1).dividedBy(2);
      assertTrue(pause.compareTo(Duration.ofSeconds(15)) <= 0, checks.toString());
      assertTrue(
          pause.equals(Duration.ofSeconds(15))
              || pause.equals(Duration.ofMillis(100))
              || pause.equals(half),
          checks.toString());
    }
    assertEquals(
        Duration.ofSeconds(15),
        checks.getLast().minus(checks.get(checks.size() - 2)),
        "at the end");
  }

  /** The slot stays taken for the effect of the action, and there is none. */
  @Test
  void anActionWithoutAnEffectGivesTheStayingPlacesBack() {
    vault.limits.add(new ConcurrencyLimit("locking", 1, Duration.ofHours(1)));
    vault.slow = 1_000;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    assertFalse(
        ledger.takeSlot("locking", new Ledger.Key("lock-box", "b3"), now, Duration.ofHours(1), 1),
        "while it is verified");
    checks(told);

    assertEquals(ResponseOutcome.FAILED, told.getFirst().outcome());
    assertTrue(
        ledger.takeSlot("locking", new Ledger.Key("lock-box", "b3"), now, Duration.ofHours(1), 1));
  }

  @Test
  void anActionWithAnEffectKeepsTheStayingPlaces() {
    vault.limits.add(new ConcurrencyLimit("locking", 1, Duration.ofHours(1)));
    vault.slow = 2;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    checks(told);

    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome());
    assertFalse(
        ledger.takeSlot("locking", new Ledger.Key("lock-box", "b3"), now, Duration.ofHours(1), 1));
  }

  /** A check that runs during a release reports nothing about it, and repeats no change. */
  @Test
  void promise14WhatAPersonHasUndoneIsNotToldAsTakenByALateCheck() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "ours"), now));
    vault.calls.clear();
    now = messages.nextDue();
    messages.deliver(responder, told::add);
    assertEquals(List.of(), vault.calls, "it waits for the release");
    assertEquals(List.of(), responder.releaseEnded(now), "the effect may show a moment later");

    now = now.plus(Duration.ofMinutes(1));
    responder.releaseEnded(now, told::add);
    checks(told);

    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
    assertEquals(
        ResponseOutcome.RELEASED,
        ledger.settled(key).map(Ledger.Settlement::outcome).orElseThrow());
  }

  /** The change that a late check repeats would come after the release. */
  @Test
  void promise10NoChangeIsRepeatedOnceTheLeaseHasEnded() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    vault.calls.clear();
    now = now.plus(Duration.ofHours(1));
    messages.deliver(responder, told::add);
    assertEquals(List.of(), vault.calls, "it waits for the release");

    responder.releaseEnded(now, told::add);
    checks(told);

    assertEquals(List.of("release"), vault.calls);
    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
  }

  /** The check began before the person's order, and read the box before it was opened. */
  @Test
  void promise14ACheckThatBeganBeforeTheReleaseRepeatsNoChangeAfterIt() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = now.plus(Duration.ofMinutes(2));
    vault.relock =
        Optional.of(
            () -> {
              OperatorOrder order = new OperatorOrder("ann@example.com", "ours");
              ledger.change(key, one -> one.undoneBy(order, now));
              responder.releaseEnded(now, told::add);
            });
    messages.deliver(responder, told::add);
    vault.relock = Optional.empty();

    assertTrue(vault.locked.isEmpty(), vault.calls.toString());
    assertTrue(ledger.remembered(key).isEmpty(), "nothing is left to undo");
    checks(told);
    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
  }

  @Test
  void promise10ACheckThatBeganBeforeTheEndOfTheLeaseRepeatsNoChangeAfterIt() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = now.plus(Duration.ofMinutes(2));
    vault.relock =
        Optional.of(
            () -> {
              now = now.plus(Duration.ofHours(2));
              responder.releaseEnded(now, told::add);
            });
    messages.deliver(responder, told::add);
    vault.relock = Optional.empty();

    assertTrue(vault.locked.isEmpty(), vault.calls.toString());
    assertTrue(ledger.remembered(key).isEmpty(), "nothing is left to undo");
    checks(told);
    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
  }

  /** The API answers only one of two checks, at the end of the time for it. */
  @Test
  void promise11TwoChecksAtOnceDoNotReportDifferentOutcomes() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    DelayedMessage.Verify twice = new DelayedMessage.Verify(Optional.empty(), key, "a1");
    now = now.plus(Duration.ofMinutes(2));
    vault.away = true;
    messages.deliver(
        responder,
        one -> {
          told.add(one);
          vault.away = false;
          vault.slow = 0;
          responder.again(twice, now, told::add);
        });
    checks(told);

    assertEquals(1, told.size(), told.toString());
  }

  /** The report failed, and the message comes again. A release still waits for the change. */
  @Test
  void promise10TheTimeOfAChangeIsKeptIfTheCheckFails() {
    vault.slow = 1;
    vault.leasesUnseen = true;
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    vault.relock = Optional.of(() -> {});
    now = now.plusSeconds(40);
    messages.deliver(responder, new ArrayList<>()::add);
    now = now.plusSeconds(40);
    assertThrows(
        IllegalStateException.class,
        () ->
            responder.again(
                new DelayedMessage.Verify(Optional.empty(), key, "a1"),
                now,
                one -> {
                  throw new IllegalStateException("PutEvents failed");
                }));

    Unverified left = ledger.suspended(key).orElseThrow();
    assertEquals(now, left.lastChange());
    assertFalse(left.isBeingChecked(now), "its message is checked at once");
  }

  /** The next step may have removed the object meanwhile: people would be told the opposite. */
  @Test
  void promise11ACheckThatWasKilledAfterItsReportReportsTheSameAgain() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = messages.nextDue();
    vault.slow = 0;
    assertThrows(
        IllegalStateException.class,
        () ->
            responder.again(
                new DelayedMessage.Verify(Optional.empty(), key, "a1"),
                now,
                one -> {
                  told.add(one);
                  throw new IllegalStateException("killed");
                }));
    vault.slow = 1_000;

    now = now.plus(Duration.ofMinutes(3));
    responder.again(new DelayedMessage.Verify(Optional.empty(), key, "a1"), now, told::add);

    assertEquals(2, told.size());
    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome());
    assertEquals(told.getFirst(), told.getLast());
    assertTrue(ledger.suspended(key).isEmpty(), "it is recorded");
  }

  /** It took so long that another check began, which may have reported something else. */
  @Test
  void promise11ACheckThatAnotherOneHasOvertakenReportsNothing() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = messages.nextDue();
    Unverified read = ledger.suspended(key).orElseThrow();
    vault.slow = 0;
    vault.verified =
        () ->
            assertTrue(
                ledger.beginCheck(
                    key,
                    ledger.suspended(key).orElseThrow(),
                    now.plusSeconds(90),
                    now.plusSeconds(600)));

    responder.again(new DelayedMessage.Verify(Optional.empty(), key, "a1"), now, told::add);

    assertEquals(List.of(), told);
    assertTrue(ledger.suspended(key).filter(read::isSameAction).isPresent());
  }

  /** Its message comes again; the mark of the killed check does not stay. */
  @Test
  void promise4ACheckThatWasKilledIsMadeAgain() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Unverified read = ledger.suspended(key).orElseThrow();
    now = messages.nextDue();
    assertTrue(ledger.beginCheck(key, read, now.plusSeconds(30), now.plusSeconds(600)));
    assertFalse(ledger.beginCheck(key, read, now.plusSeconds(30), now.plusSeconds(600)));

    vault.slow = 0;
    List<Duration> checks = checks(told);

    assertEquals(
        List.of(ResponseOutcome.TAKEN), told.stream().map(ResponseDecided::outcome).toList());
    assertTrue(checks.getLast().compareTo(Duration.ofSeconds(46)) < 0, checks.toString());
  }

  /** The lease has ended by the clock of the sweep, and not by that of the check. */
  @Test
  void promise10ACheckWhoseClockIsSlowRepeatsNoChangeAfterTheRelease() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = now.plus(Duration.ofMinutes(2));
    Instant ahead = now.plus(Duration.ofHours(1));
    vault.relock = Optional.of(() -> responder.releaseEnded(ahead, told::add));
    messages.deliver(responder, told::add);
    assertTrue(vault.locked.isEmpty(), vault.calls.toString());

    vault.relock = Optional.of(() -> {});
    checks(told);

    assertTrue(vault.locked.isEmpty(), vault.calls.toString());
    assertTrue(ledger.remembered(key).isEmpty(), "nothing is left to undo");
    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
  }

  /** The sweep has its turn already, and may have opened the box. */
  @Test
  void promise14NoChangeIsRepeatedDuringARelease() {
    vault.slow = 1;
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    vault.relock =
        Optional.of(
            () ->
                ledger.change(
                    key, one -> one.inTurn(new Containment.Turn(now.plus(Duration.ofMinutes(2))))));
    now = messages.nextDue();
    messages.deliver(responder, new ArrayList<>()::add);

    assertFalse(vault.calls.contains("lock again"), vault.calls.toString());
    assertEquals(1, messages.waiting(), "it is checked again");
  }

  @Test
  void promise14NoChangeIsRepeatedOnceTheKillSwitchIsOn() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    vault.relock =
        Optional.of(() -> ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now)));
    now = now.plus(Duration.ofMinutes(20));
    messages.deliver(responder, told::add);

    assertFalse(vault.calls.contains("lock again"), vault.calls.toString());
    assertEquals(List.of(), told, "it goes on when the kill switch is off");
    vault.relock = Optional.empty();
    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", now));
    checks(told);
    assertEquals(
        List.of(ResponseOutcome.TAKEN), told.stream().map(ResponseDecided::outcome).toList());
  }

  /** A release that does not see the repeated change would not undo it. */
  @Test
  void promise10AReleaseWaitsUntilARepeatedChangeShows() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = now.plusSeconds(30);
    vault.relock = Optional.of(() -> {});
    messages.deliver(responder, told::add);
    assertTrue(vault.calls.contains("lock again"), vault.calls.toString());
    vault.relock = Optional.empty();
    vault.slow = 100;
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "ours"), now));

    now = now.plusSeconds(59);
    assertEquals(List.of(), responder.releaseEnded(now));
    now = now.plusSeconds(2);
    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        responder.releaseEnded(now).stream().map(ResponseDecided::outcome).toList());
  }

  @Test
  void promise14ACheckThatEndsAfterTheReleaseTellsNothing() {
    vault.slow = 1;
    responder.respond(alert(), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Ledger.Settlement released =
        new Ledger.Settlement("a1", ResponseOutcome.RELEASED, "open", now, Optional.empty());
    Ledger meanwhile =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(ledger, arguments);
                  if (method.getName().equals("suspended")) {
                    ledger.settle(key, released);
                  }
                  return result;
                });
    List<ResponseDecided> told = new ArrayList<>();
    now = messages.nextDue();
    messages.deliver(responder(meanwhile), told::add);

    assertEquals(List.of(), told);
    assertEquals(Optional.of(released), ledger.settled(key));
  }

  @Test
  void whatIsTakenIsNoFailureForTheCircuitBreaker() {
    vault.slow = 2;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    checks(told);

    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome());
    assertEquals(0, failures());
  }

  /** The box may be locked, and is unlocked when its lease ends. */
  @Test
  void whatMayBeInEffectIsNoFailureForTheCircuitBreaker() {
    vault.slow = 1;
    List<ResponseDecided> told = new ArrayList<>();
    responder.respond(alert(), now, false);
    vault.away = true;
    checks(told);

    assertEquals(ResponseOutcome.FAILED, told.getFirst().outcome());
    assertTrue(ledger.remembered(new Ledger.Key("lock-box", "b1")).isPresent());
    assertEquals(0, failures());
  }

  @Test
  void promise10WhatNeverShowsIsForgottenAndAFailureForTheCircuitBreaker() {
    vault.jammed = true;
    responder.respond(alert(), now, false);
    checks(new ArrayList<>());

    assertTrue(ledger.remembered(new Ledger.Key("lock-box", "b1")).isEmpty());
    assertEquals(1, failures());
  }

  @Test
  void whatAnotherActionContainsIsNoFailureForTheCircuitBreaker() {
    ledger.settle(
        new Ledger.Key("burn-box", "b1"),
        new Ledger.Settlement("a0", ResponseOutcome.TAKEN, "burnt", now, Optional.empty()));
    vault.jammed = true;
    responder.respond(alert(), now, false);
    checks(new ArrayList<>());

    assertEquals(0, failures());
  }

  /** A check may repeat the change. */
  @Test
  void promise14NoCheckThatRepeatsAChangeIsMadeWhileTheKillSwitchIsOn() {
    vault.slow = 3;
    responder.respond(alert(), now, false);
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now));
    List<ResponseDecided> told = new ArrayList<>();
    int calls = vault.calls.size();
    for (int i = 0; i < 20; i++) {
      now = messages.nextDue();
      messages.deliver(responder, told::add);
    }
    assertEquals(calls, vault.calls.size(), "nothing is called");
    assertEquals(List.of(), told);

    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", now));
    vault.slow = 0;
    checks(told);

    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome());
  }

  @Test
  void promise14AHostThatWaitsChecksNoMoreWhileTheKillSwitchIsOn() {
    vault.slow = 1_000;
    Responder waiting =
        Boxes.responder(
            Boxes.playbook(Mode.ENFORCE, new LockBox()),
            vault,
            ledger,
            () -> now,
            DelayQueue.waiting(
                millis -> {
                  now = now.plusMillis(millis);
                  ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now));
                }));

    List<ResponseDecided> told = waiting.respond(alert(), now, false);

    assertEquals(ResponseOutcome.FAILED, told.getFirst().outcome());
    assertEquals(2, vault.calls.stream().filter("verify"::equals).count());
  }

  /** Attackers choose the addresses of such actions. */
  @Test
  void failuresOfActionsThatOnlyLimitDoNotStopTheOthers() {
    Playbooks playbooks =
        new Playbooks(
            List.of(Boxes.playbook(Mode.ENFORCE, new DropBox())),
            Actions.of(List.of("drop-box = " + DropBox.class.getName())));
    new Responder(
            playbooks,
            Places.of(Vault.class, vault),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            messages)
        .respond(alert(), now, false);

    assertEquals(0, failures());
    String key = Allowance.breaker(Effect.LIMITS);
    assertEquals(
        Map.of(key, 1),
        ledger.spentByOthers(List.of(new Ledger.Spent(key, "", now.minusSeconds(1)))));
  }
}
