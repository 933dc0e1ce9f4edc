package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.policy.NamePattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Modes;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the order of the steps that is the same for every action. */
final class ResponderTest {
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();

  private Responder responder(Mode mode, Places places) {
    return responder(mode, places, ledger);
  }

  private static Playbook playbook(Mode mode) {
    return playbook(mode, Budget.DEFAULT);
  }

  private static Playbook playbook(Mode mode, Budget budget) {
    return new Playbook(
        "test", Boxes.pattern(), mode, Duration.ofMinutes(10), List.of(new LockBox()), budget);
  }

  private Responder responder(Mode mode, Places places, Ledger over) {
    return new Responder(
        new Playbooks(List.of(playbook(mode)), Boxes.ACTIONS),
        places,
        over,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private Responder responder(Mode mode) {
    return responder(mode, Places.of(Vault.class, vault));
  }

  @Test
  void aPlaybookActsOnlyWhereItsModeSaysSo() {
    Playbook observes = playbook(Mode.OBSERVE);
    Playbook inStaging =
        new Playbook(
            observes.name(),
            observes.when(),
            new Modes(
                Mode.OBSERVE,
                List.of(
                    new Modes.Rule(
                        List.of(new NamePattern("staging")), List.of(), List.of(), Mode.ENFORCE))),
            observes.freshness(),
            observes.steps(),
            observes.budget(),
            observes.then(),
            observes.approval());
    Responder responder =
        new Responder(
            new Playbooks(List.of(inStaging), Boxes.ACTIONS),
            Places.of(Vault.class, vault),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));

    assertEquals(
        List.of(ResponseOutcome.OBSERVED),
        outcomes(responder.respond(in("production", "a1", "b1"), now, false)));
    assertEquals(
        List.of(ResponseOutcome.TAKEN),
        outcomes(responder.respond(in("staging", "a2", "b1"), now, false)));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyDecisionSaysWhatTheGuardsAnswered(Mode mode) throws IOException {
    List<String> names = Guards.names(new LockBox());
    ResponseDecided sound = responder(mode).respond(about("a1", "b1"), now, false).getFirst();
    ResponseDecided objected = responder(mode).respond(about("a2", "b2"), now, false).getFirst();

    assertEquals(GuardAnswers.clear(names), sound.guards(), sound::toString);
    assertEquals(
        List.of(new GuardAnswers.Answer("box is not empty", "it is empty")),
        objected.guards().objected());
    assertEquals(names.size() - 1, objected.guards().clear().size());
    for (ResponseDecided decided : List.of(sound, objected)) {
      assertEquals(
          decided.guards(),
          ResponseDecided.read(JsonMapper.builder().build().readTree(decided.write().toString()))
              .guards());
    }
  }

  @Test
  void aCanaryIsAnsweredInADryRunWhateverThePlaybooksAndTheKillSwitchSay() {
    ScoredAlert canary = TestAlerts.scored(TestAlerts.canary("c"), 85);
    ledger.halt(new Ledger.Halt(true, "anna", "a test", now, List.of(), List.of()));

    List<ResponseDecided> answers = responder(Mode.ENFORCE).respond(canary, now, false);

    assertEquals(List.of(ResponseOutcome.OBSERVED), outcomes(answers));
    assertEquals("responder vault", answers.getFirst().target());
    assertEquals(List.of(), vault.calls);
  }

  @Test
  void aCanaryIsNotAnsweredWhileTheLedgerIsAway() {
    Ledger away =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  throw new Unavailable("the table is throttled");
                });

    assertThrows(
        Unavailable.class,
        () ->
            responder(Mode.ENFORCE, Places.of(Vault.class, vault), away)
                .respond(TestAlerts.scored(TestAlerts.canary("c"), 5), now, false));
  }

  private static ScoredAlert in(String cluster, String id, String box) {
    return TestAlerts.scored(
        TestAlerts.alert(id, "r", Severity.CRITICAL)
            .target(Target.builder().cluster(cluster).resource(box).build())
            .build(),
        85);
  }

  private static ScoredAlert about(String id, String box) {
    return about(id, box, TestAlerts.AT);
  }

  private static ScoredAlert about(String id, String box, Instant at) {
    return TestAlerts.scored(
        TestAlerts.alert(id, "r", Severity.CRITICAL)
            .at(at)
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
    assertEquals(now, told.decidedAt(), "when its effect was seen, after three checks");
    assertTrue(now.isAfter(TestAlerts.AT.plusSeconds(1)));
    assertEquals(TestAlerts.AT.plusSeconds(1).plus(Duration.ofHours(1)), told.leaseUntil());
    String containment = told.containment();
    assertEquals(
        Optional.of("lock-box/b1"),
        Optional.ofNullable(containment)
            .filter(
                id ->
                    new Operations(Map.of("", ledger))
                        .undo(id, new OperatorOrder("ann", "a test"), now)
                        .isPresent())
            .map(id -> id.substring(id.indexOf("lock-box"))),
        "as undo takes it: " + containment);
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
    now = now.plus(Duration.ofMinutes(3));

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals("locked, and interrupted", told.explanation());
    assertEquals(containment("lock-box", "b1").until(), told.leaseUntil());
    assertEquals(
        told, responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst(), "again");
  }

  /** It was killed before it could report, and the next alert found the object gone. */
  @Test
  void promise11AFailureIsToldAlsoIfAnotherAlertHasSettledTheObjectSince() {
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    for (String alert : List.of("a1", "a2")) {
      ledger.claim(key, alert, now, Duration.ofMinutes(2));
      ledger.settle(
          key,
          new Ledger.Settlement(
              alert,
              alert.equals("a1") ? ResponseOutcome.FAILED : ResponseOutcome.REFUSED,
              "as " + alert,
              now,
              Optional.empty()));
      now = now.plusSeconds(1);
    }
    vault.boxes.remove("b1");

    List<ResponseDecided> told = responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes(told));
    assertEquals("as a1", told.getFirst().explanation());
  }

  @Test
  void promise11AKilledAttemptWhoseLeaseHasEndedIsNotToldAsTaken() {
    ledger.claim(new Ledger.Key("lock-box", "b1"), "a1", now, Duration.ofMinutes(2));
    ledger.remember(containment("lock-box", "b1"));
    vault.boxes.clear();
    now = containment("lock-box", "b1").until();

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertEquals(
        "the attempt was interrupted, and whether it had an effect was not checked; what it changed"
            + " is to be undone",
        told.explanation());
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE).releaseEnded(now.plus(Duration.ofMinutes(1))).getFirst().outcome());
  }

  /** A sweep may be releasing it at the same moment. */
  @Test
  void promise11AKilledAttemptThatASweepChangesNowIsNotToldYet() {
    ledger.claim(new Ledger.Key("lock-box", "b1"), "a1", now, Duration.ofMinutes(2));
    now = now.plus(Duration.ofMinutes(3));
    ledger.remember(containment("lock-box", "b1").inTurn(new Containment.Turn(now.plusSeconds(1))));
    vault.boxes.clear();

    assertThrows(
        Unavailable.class, () -> responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false));

    now = now.plusSeconds(1);
    assertEquals(
        "locked, and interrupted",
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst().explanation());
  }

  @Test
  void promise5AnAttemptThatStillActsIsNotToldAsInterruptedByAnotherDelivery() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    ledger.claim(new Ledger.Key("lock-box", "b1"), "a1", now, Duration.ofMinutes(2));
    ledger.remember(containment("lock-box", "b1"));
    vault.boxes.clear();

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    assertEquals(List.of(), pass(Duration.ofSeconds(100), messages, responder));
    assertThrows(
        Unavailable.class, () -> responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofMinutes(1), messages, responder);

    assertEquals("locked, and interrupted", told.getFirst().explanation());
  }

  @Test
  void promise5AnInterruptedAttemptWhoseClaimIsTakenOverInThisVeryMomentIsNotTold() {
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Ledger taken =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(ledger, arguments);
                  if (method.getName().equals("begun")) {
                    ledger.claim(key, "a2", now, Duration.ofMinutes(2));
                  }
                  return result;
                });
    ledger.claim(key, "a1", now.minusSeconds(200), Duration.ofMinutes(2));
    ledger.remember(containment("lock-box", "b1"));
    ledger.halt(new Ledger.Halt(true, "ann", "a test", now));

    List<ResponseDecided> told =
        queued(new Messages(() -> now), taken).respond(about("a1", "b1"), now, false);

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told), "its outcome is that of a2");
  }

  @Test
  void promise11WhatIsTakenWhileItsEarlierOutcomeIsReadIsNotToldAsRefused() {
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    AtomicInteger reads = new AtomicInteger();
    Ledger settledMeanwhile =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(ledger, arguments);
                  if (List.of("begun", "answered").contains(method.getName())
                      && reads.getAndIncrement() == 0) {
                    ledger.settle(
                        key,
                        new Ledger.Settlement(
                            "a1", ResponseOutcome.TAKEN, "locked", now, Optional.empty()));
                  }
                  return result;
                });
    ledger.claim(key, "a1", now, Duration.ofMinutes(2));
    ledger.halt(new Ledger.Halt(true, "ann", "a test", now));

    List<ResponseDecided> told =
        queued(new Messages(() -> now), settledMeanwhile).respond(about("a1", "b1"), now, false);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
  }

  /** A ledger that fails when it is asked for an alert's earlier outcome. */
  private Ledger forgetful(AtomicInteger failures) {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("answered") && failures.getAndDecrement() > 0) {
                throw new Unavailable("throttled");
              }
              return method.invoke(ledger, arguments);
            });
  }

  @Test
  void promise11WhatWasTakenIsNotToldAsRefusedWhileTheLedgerCannotBeRead() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, forgetful(new AtomicInteger(1)));
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    ledger.halt(new Ledger.Halt(true, "ann", "a test", now));

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofSeconds(5), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
  }

  @Test
  void promise10AnAlertThatWasBlockedKeepsTheContainmentOfItsObject() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    now = now.plus(Duration.ofMinutes(3));
    ScoredAlert blocked =
        TestAlerts.scored(
            TestAlerts.alert("a2", "r", Severity.CRITICAL)
                .at(now)
                .traits(List.of(Trait.BLOCKED.id()))
                .target(Target.builder().resource("b1").build())
                .build(),
            85);

    ResponseDecided told = responder(Mode.ENFORCE).respond(blocked, now, false).getFirst();

    assertEquals(ResponseOutcome.REFUSED, told.outcome());
    assertEquals(now, ledger.remembered(new Ledger.Key("lock-box", "b1")).orElseThrow().alertAt());
  }

  @Test
  void promise11WhatWasNeverToldIsToldOnceTheLedgerCanBeRead() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, forgetful(new AtomicInteger(2)));
    for (int i = 0; i < 20; i++) {
      ledger.spend(Allowance.CIRCUIT_BREAKER, "failure " + i, now, Duration.ofHours(1), 20);
    }

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofSeconds(30), messages, responder);

    assertEquals(List.of(ResponseOutcome.OBSERVED), outcomes(told));
  }

  @Test
  void promise6AReplayStaysAReplayWhileTheLedgerCannotBeRead() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, forgetful(new AtomicInteger(1)));

    assertThrows(Unavailable.class, () -> responder.respond(about("a1", "b1"), now, true));
    List<ResponseDecided> told = pass(Duration.ofSeconds(5), messages, responder);

    assertEquals(List.of(), told);
    assertEquals(Set.of(), vault.locked);
  }

  @Test
  void promise11WhatWasTakenIsNotToldAsTooOldWhileTheLedgerCannotBeRead() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    now = now.plus(Duration.ofMinutes(20));
    Responder responder = queued(new Messages(() -> now), forgetful(new AtomicInteger(1)));

    assertThrows(Unavailable.class, () -> responder.respond(about("a1", "b1"), now, false));

    assertEquals(
        List.of(ResponseOutcome.TAKEN), outcomes(responder.respond(about("a1", "b1"), now, false)));
  }

  @Test
  void promise11WhatWasTakenIsNotToldAsNotTakenWhileNeitherTheLedgerNorTheVaultAnswers() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    vault.away = true;
    Responder responder = queued(new Messages(() -> now), forgetful(new AtomicInteger(1)));

    ResponseDecided told = responder.respond(about("a1", "b1"), now, false).getFirst();

    assertTrue(
        told.explanation().contains("; cannot read whether this alert was answered before: "),
        told.explanation());
  }

  @Test
  void promise10WhatAnotherRespondersActionContainedIsLeftToIt() {
    ledger.remember(containment("melt-box", "b1"));

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
  void promise10AnUndoWaitsForTheAttemptThatIsAboutToAct() {
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.claim(key, "a1", now, Duration.ofMinutes(2));
    ledger.remember(containment("lock-box", "b1").undoneBy(new OperatorOrder("ann", "ours"), now));

    assertEquals(List.of(), responder(Mode.ENFORCE).releaseEnded(now));
    assertEquals(List.of(), vault.calls);
    now = now.plus(Duration.ofMinutes(2));

    assertEquals(
        List.of(ResponseOutcome.RELEASED), outcomes(responder(Mode.ENFORCE).releaseEnded(now)));
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
  void promise10AReleaseThatFailsIsReportedOnceAndRetriedUntilItWorks() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    now = now.plus(Duration.ofHours(2));
    vault.stuck = true;

    List<ResponseDecided> told = responder(Mode.ENFORCE).releaseEnded(now);
    assertEquals(ResponseOutcome.FAILED, told.getFirst().outcome());
    for (int i = 0; i < 400; i++) {
      now = now.plusSeconds(3);
      assertEquals(List.of(), responder(Mode.ENFORCE).releaseEnded(now));
    }
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(
        5, vault.calls.stream().filter("release"::equals).count(), "at 0, 1, 3, 7 and 15 min");
    vault.stuck = false;
    now = now.plus(Duration.ofMinutes(30));

    told = responder(Mode.ENFORCE).releaseEnded(now);
    assertEquals(ResponseOutcome.RELEASED, told.getFirst().outcome());
    assertEquals(List.of(), responder(Mode.ENFORCE).releaseEnded(now));
  }

  /** Between its read of the ledger and its undo, another sweep and a new alert are processed. */
  @Test
  void promise10ALateReleaserNeverUndoesANewerContainment() {
    ledger.remember(containment("lock-box", "b1"));
    vault.locked.add("b1");
    Ledger late =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(ledger, arguments);
                  if (method.getName().equals("endedBy")) {
                    ledger.forget(containment("lock-box", "b1"));
                    responder(Mode.ENFORCE).respond(about("a2", "b1"), now, false);
                  }
                  return result;
                });

    List<ResponseDecided> told =
        responder(Mode.ENFORCE, Places.of(Vault.class, vault), late)
            .releaseEnded(TestAlerts.AT.plusSeconds(200));

    assertEquals(List.of(), told);
    assertEquals(Set.of("b1"), vault.locked);
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

  /** A responder that never waits: its messages to itself come back through the queue. */
  private Responder queued(Messages messages, Ledger over) {
    return queued(messages, over, List.of(playbook(Mode.ENFORCE)), Limits.DEFAULT);
  }

  private Responder queued(
      Messages messages, Ledger over, List<Playbook> playbooks, Limits limits) {
    return new Responder(
        new Playbooks(playbooks, Boxes.ACTIONS, limits),
        Places.of(Vault.class, vault),
        over,
        ResponderSettings.DEFAULT,
        () -> now,
        messages);
  }

  /** Lets time pass and delivers the messages that are due, second by second. */
  private List<ResponseDecided> pass(Duration time, Messages messages, Responder responder) {
    List<ResponseDecided> told = new ArrayList<>();
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      now = now.plusSeconds(1);
      messages.deliver(responder, told::add);
    }
    return told;
  }

  /** Otherwise people would not be notified of the outcome of the first alert. */
  @Test
  void promise5AnActionWhoseCheckIsOverdueIsCheckedAndNotTakenOver() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 1;
    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    while (messages.waiting() > 0) {
      now = now.plusSeconds(1);
      Optional<DelayedMessage> lost = messages.takeDue();
      assertTrue(lost.isEmpty() || lost.get() instanceof DelayedMessage.Verify);
    }
    now = now.plus(Duration.ofMinutes(8));

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofMinutes(2), messages, responder);

    assertEquals(1, vault.calls.stream().filter("take"::equals).count(), vault.calls.toString());
    assertEquals("a1", told.getFirst().scored().alert().id());
    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome());
  }

  /** While a release fails, a check waits for it and sends its message again. */
  @Test
  void promise13OverdueChecksDoNotMultiply() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 1_000;
    vault.stuck = true;
    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    pass(Duration.ofSeconds(20), messages, responder);
    ledger.change(
        new Ledger.Key("lock-box", "b1"),
        one -> one.undoneBy(new OperatorOrder("anna", "a mistake"), now));
    pass(Duration.ofMinutes(3), messages, responder);
    assertEquals(1, messages.waiting());

    for (int i = 2; i < 7; i++) {
      List<ResponseDecided> unused = responder.respond(about("a" + i, "b1"), now, false);
    }
    pass(Duration.ofSeconds(350), messages, responder);

    assertTrue(messages.waiting() <= 6, "one check, and a retry for each of the five alerts");
  }

  /** The action was taken, so an objection of a guard is not reported as if it was not. */
  @Test
  void promise11AnAttemptThatMayHaveHadAnEffectIsNotToldAsRefused() {
    ledger.claim(new Ledger.Key("lock-box", "b1"), "a1", now, Duration.ofMinutes(2));
    now = TestAlerts.AT.plusSeconds(599);
    ledger.remember(containment("lock-box", "b1").inTurn(new Containment.Turn(now.plusSeconds(1))));
    vault.locked.add("b1");
    vault.away = true;
    Responder responder = queued(new Messages(() -> now), ledger);

    assertThrows(Unavailable.class, () -> responder.respond(about("a1", "b1"), now, false));
  }

  /** The usual end of a deletion, but the check that would report it is lost. */
  @Test
  void promise5AnOverdueCheckOfAnObjectThatIsGoneIsMade() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 1;
    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    while (messages.waiting() > 0) {
      now = now.plusSeconds(1);
      Optional<DelayedMessage> lost = messages.takeDue();
      assertTrue(lost.isEmpty() || lost.get() instanceof DelayedMessage.Verify);
    }
    vault.boxes.remove("b1");
    now = now.plus(Duration.ofMinutes(8));

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofMinutes(2), messages, responder);

    assertEquals("a1", told.getFirst().scored().alert().id());
  }

  @Test
  void whatIsNotVisibleAtOnceIsVerifiedByALaterMessage() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 3;

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    assertEquals(List.of("look", "take", "verify"), vault.calls, "the responder does not wait");
    List<ResponseDecided> told = pass(Duration.ofSeconds(20), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals("box b1", told.getFirst().target());
    assertEquals(
        TestAlerts.AT.plusSeconds(1).plus(Duration.ofHours(1)), told.getFirst().leaseUntil());
    assertEquals(0, messages.waiting());
    assertEquals(
        told.getFirst().explanation(),
        ledger.answered("a1", "lock-box").orElseThrow().settlement().explanation());
  }

  @Test
  void whatIsNeverVisibleFailsWhenTheTimeIsUp() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 1_000;

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofMinutes(5), messages, responder);

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes(told));
    assertEquals(List.of(), ledger.live(), "nothing is left to undo");
    assertEquals(0, messages.waiting());
  }

  @Test
  void fiveAlertsForOneObjectEndAsOneActionAndOneMessage() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 3;
    List<ResponseDecided> told = new ArrayList<>();

    for (String alert : List.of("a1", "a2", "a3", "a4", "a5")) {
      told.addAll(responder.respond(about(alert, "b1"), now, false));
    }
    told.addAll(pass(Duration.ofMinutes(5), messages, responder));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(1, vault.calls.stream().filter("take"::equals).count());
    assertEquals(0, messages.waiting());
  }

  @Test
  void twoPlaybooksThatNameOneActionEndAsOneActionAndOneMessage() {
    Playbook one = playbook(Mode.ENFORCE);
    Playbook other =
        new Playbook(
            "other", one.when(), Mode.ENFORCE, one.freshness(), one.steps(), Budget.DEFAULT);
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger, List.of(one, other), Limits.DEFAULT);

    List<ResponseDecided> told = responder.respond(about("a1", "b1"), now, false);
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(1, vault.calls.stream().filter("take"::equals).count());
    assertEquals(
        List.of(ResponseOutcome.REFUSED),
        outcomes(responder.respond(about("a2", "b2"), now, false)));
  }

  @Test
  void alertsAboutAnObjectThatTheActionRemovedAreAnsweredByIt() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    vault.boxes.remove("b1");

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));
    assertEquals(
        List.of(ResponseOutcome.REFUSED),
        outcomes(responder.respond(about("a3", "b7"), now, false)),
        "an object that was never acted on is reported");
  }

  @Test
  void promise6AVerificationWhoseMessageIsLostIsTakenUpByTheRedelivery() {
    Messages lost = new Messages(() -> now);
    vault.slow = 1;
    queued(lost, ledger).respond(about("a1", "b1"), now, false);
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    now = now.plusSeconds(30);

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    List<ResponseDecided> told = pass(Duration.ofSeconds(10), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(1, vault.calls.stream().filter("take"::equals).count());
  }

  @Test
  void anOutcomeThatCouldNotBePublishedIsPublishedByTheRedeliveryOfItsMessage() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.slow = 1;
    responder.respond(about("a1", "b1"), now, false);
    now = now.plusSeconds(5);
    DelayedMessage message = messages.takeDue().orElseThrow();

    assertThrows(
        IllegalStateException.class,
        () ->
            responder.again(
                message,
                now,
                decided -> {
                  throw new IllegalStateException("the bus is away");
                }));
    List<ResponseDecided> told = new ArrayList<>();
    responder.again(message, now, told::add);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
  }

  @Test
  void promise3AGuardThatCannotBeEvaluatedIsAskedAgainWhileTheAlertIsFresh() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.away = true;

    List<ResponseDecided> told = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      told.addAll(responder.respond(about("a" + i, "b1"), now, false));
    }
    told.addAll(pass(Duration.ofSeconds(20), messages, responder));
    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told), "people hear of it once");
    assertEquals(List.of(), ledger.spent(10), "a notification is no budget");
    assertEquals(
        "no action taken yet, retrying until 2026-03-02T09:25:00Z: cannot read the box: the"
            + " vault is away",
        told.getFirst().explanation());
    vault.away = false;
    told = pass(Duration.ofSeconds(60), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(0, messages.waiting());
  }

  @Test
  void promise10AnAlertIsNotAnsweredByAContainmentWhoseReleaseWasAccepted() {
    Messages messages = new Messages(() -> now);
    Playbook brief =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(Duration.ofMinutes(2))),
            Budget.DEFAULT);
    Responder responder = queued(messages, ledger, List.of(brief), Limits.DEFAULT);
    List<ResponseDecided> told = new ArrayList<>(responder.respond(about("a1", "b1"), now, false));
    told.addAll(pass(Duration.ofMinutes(2), messages, responder));
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    vault.unseen = 1;
    assertEquals(List.of(), responder.releaseEnded(now), "accepted, and does not show");

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));
    now = now.plusSeconds(10);
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(now)));
    told = pass(Duration.ofMinutes(1), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(Set.of("b1"), vault.locked);
  }

  /**
   * The release is visible, but the sweep has not seen it yet: the lock was not undone outside
   * Cattleguard.
   */
  @Test
  void promise14WhatAReleaseUndidIsNotSaidToBeUndoneBySomethingElse() {
    Messages messages = new Messages(() -> now);
    Playbook brief =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(Duration.ofMinutes(2))),
            Budget.DEFAULT);
    Responder responder = queued(messages, ledger, List.of(brief), Limits.DEFAULT);
    List<ResponseDecided> told = new ArrayList<>(responder.respond(about("a1", "b1"), now, false));
    told.addAll(pass(Duration.ofMinutes(2), messages, responder));
    vault.unseen = 1;
    assertEquals(List.of(), responder.releaseEnded(now), "accepted, and does not show");
    vault.locked.clear();

    told = new ArrayList<>(responder.respond(about("a2", "b1"), now, false));
    now = now.plusSeconds(10);
    told.addAll(responder.releaseEnded(now));
    told.addAll(pass(Duration.ofMinutes(1), messages, responder));

    assertEquals(
        List.of(ResponseOutcome.RELEASED, ResponseOutcome.TAKEN), outcomes(told), told::toString);
    assertFalse(told.getLast().explanation().contains("something else"), told::toString);
    assertEquals(Set.of("b1"), vault.locked);
    vault.locked.clear();
    told = new ArrayList<>(responder.respond(about("a3", "b1"), now, false));
    told.addAll(pass(Duration.ofMinutes(1), messages, responder));
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told), "the first that counts as undone");
  }

  /** No sweep ends that release before the extended lease, and the box is open. */
  @Test
  void promise3AnAlertDoesNotWaitForAReleaseThatAnExtensionHasPostponed() {
    Messages messages = new Messages(() -> now);
    Playbook brief =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(Duration.ofHours(4))),
            Budget.DEFAULT);
    Responder responder = queued(messages, ledger, List.of(brief), Limits.DEFAULT);
    List<ResponseDecided> told = new ArrayList<>(responder.respond(about("a1", "b1"), now, false));
    told.addAll(pass(Duration.ofHours(4), messages, responder));
    vault.unseen = 1;
    assertEquals(List.of(), responder.releaseEnded(now), "accepted, and does not show");
    vault.locked.clear();
    ledger.halt(new Ledger.Halt(true, "ann", "a test", now));
    now = now.plusSeconds(10);
    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(responder.releaseEnded(now)));
    ledger.halt(new Ledger.Halt(false, "ann", "the test is over", now));
    now = now.plusSeconds(30);

    told = new ArrayList<>(responder.respond(about("a2", "b1", now), now, false));
    told.addAll(pass(Duration.ofSeconds(5), messages, responder));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told), told::toString);
    assertFalse(told.getLast().explanation().contains("something else"), told::toString);
    assertEquals(Set.of("b1"), vault.locked);
  }

  @Test
  void promise8APostponedActionIsGivenUpWhenTheAlertIsOldNews() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.away = true;
    responder.respond(about("a1", "b1"), now, false);

    List<ResponseDecided> told = pass(Duration.ofMinutes(15), messages, responder);

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told), "people hear how it ended");
    assertEquals(
        "no action taken, and not retried any longer because the alert is too old: cannot read the"
            + " box: the vault is away",
        told.getFirst().explanation());
    assertEquals(0, messages.waiting());
    long looks = vault.calls.stream().filter("look"::equals).count();
    assertTrue(looks > 10 && looks < 30, looks + " looks in ten minutes");
  }

  @Test
  void aSpentBudgetIsAskedAgainAndAnObjectionForGoodIsNot() {
    Messages messages = new Messages(() -> now);
    Playbook one = playbook(Mode.ENFORCE, new Budget(Budget.Per.CLUSTER, 1, Duration.ofMinutes(2)));
    Responder responder = queued(messages, ledger, List.of(one), Limits.DEFAULT);
    vault.boxes.add("b3");
    responder.respond(about("a1", "b1"), now, false);

    List<ResponseDecided> told = new ArrayList<>(responder.respond(about("a2", "b3"), now, false));
    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told));
    told = pass(Duration.ofMinutes(4), messages, responder);
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));

    responder.respond(about("a3", "b2"), now, false);
    assertEquals(0, messages.waiting());
  }

  /**
   * Two responders read at the same time, and each sees a budget that the other is about to use.
   */
  @Test
  void aBudgetThatAnotherResponderSpendsInTheSameMomentIsAskedAgain() {
    Messages messages = new Messages(() -> now);
    Ledger sameMoment =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) ->
                    method.getName().equals("spentByOthers")
                        ? ((Collection<?>) arguments[0])
                            .stream()
                                .collect(
                                    Collectors.toMap(
                                        spent -> ((Ledger.Spent) spent).budget(), spent -> 0))
                        : method.invoke(ledger, arguments));
    Playbook one = playbook(Mode.ENFORCE, new Budget(Budget.Per.CLUSTER, 1, Duration.ofMinutes(2)));
    Responder responder = queued(messages, sameMoment, List.of(one), Limits.DEFAULT);
    vault.boxes.add("b3");
    responder.respond(about("a1", "b1"), now, false);

    List<ResponseDecided> told = responder.respond(about("a2", "b3"), now, false);
    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told));
    assertTrue(told.getFirst().explanation().startsWith("no action taken yet"), told.toString());
    told = pass(Duration.ofMinutes(4), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
  }

  /** Nothing was changed yet, so people are not notified that the result is unknown. */
  @Test
  void promise10AnActionWhoseUndoCannotBeStoredIsNotTakenUntilItCan() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, full());
    isFull = true;

    List<ResponseDecided> told = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      told.addAll(responder.respond(about("a" + i, "b1"), now, false));
    }
    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes(told), "people hear of it once");
    assertEquals(
        "no action taken yet, retrying until 2026-03-02T09:25:00Z: what an undo needs cannot be"
            + " stored: too many live containments",
        told.getFirst().explanation());
    assertEquals(Set.of(), vault.locked);
    isFull = false;
    told = pass(Duration.ofSeconds(60), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(0, messages.waiting());
  }

  /** An earlier attempt may have taken the action. */
  @Test
  void promise11AnActionThatMayHaveBeenTakenIsNotToldAsNotTakenBecauseItsUndoCannotBeStored() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, full());
    vault.unanswered = 1;
    responder.respond(about("a1", "b1"), now, false);
    isFull = true;

    List<ResponseDecided> told = pass(Duration.ofMinutes(1), messages, responder);

    assertEquals(List.of(), told, "people were told that the result is not known");
  }

  private boolean isFull;

  /** A ledger that stores no containment while it is full. */
  private Ledger full() {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              if (isFull && method.getName().equals("remember")) {
                throw new Unavailable("too many live containments");
              }
              return method.invoke(ledger, arguments);
            });
  }

  @Test
  void promise11AnActionThatIsNotAnsweredIsTakenAgainWhileTheAlertIsFresh() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.unanswered = 8;

    List<ResponseDecided> told = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      told.addAll(responder.respond(about("a" + i, "b1"), now, false));
    }
    assertEquals(List.of(ResponseOutcome.FAILED), outcomes(told), "people hear of it once");
    assertEquals(
        "the result is not known, retrying until 2026-03-02T09:25:00Z: the vault does not"
            + " answer",
        told.getFirst().explanation());
    told = pass(Duration.ofSeconds(60), messages, responder);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(0, messages.waiting());
  }

  @Test
  void promise11AnActionThatWasNotAnsweredAndWorkedIsToldAsTaken() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    vault.unanswered = 1;
    vault.worksUnanswered = true;

    List<ResponseDecided> told = new ArrayList<>(responder.respond(about("a1", "b1"), now, false));
    told.addAll(pass(Duration.ofSeconds(60), messages, responder));

    assertEquals(List.of(ResponseOutcome.FAILED, ResponseOutcome.TAKEN), outcomes(told));
    assertEquals(1, vault.calls.stream().filter("take"::equals).count());
    assertEquals(1, ledger.live().size(), "it can be undone");
  }

  @Test
  void anActionThatIsNotAnsweredFailsWhereNothingIsRetried() {
    vault.unanswered = 1;

    ResponseDecided told =
        responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertEquals("the result could not be verified: the vault does not answer", told.explanation());
  }

  @Test
  void promise5AnAttemptThatWasKilledIsNotToldAsNoActionWhileItsObjectGoes() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    ledger.claim(new Ledger.Key("lock-box", "b1"), "a1", now, Duration.ofMinutes(2));
    vault.boxes.clear();

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
    assertEquals(1, messages.waiting());
    assertEquals(
        List.of(ResponseOutcome.REFUSED),
        outcomes(pass(Duration.ofMinutes(15), messages, responder)),
        "in the end the guards are told");
  }

  @Test
  void promise11AnEffectThatIsGoneIsRestoredByTheNextAlert() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    vault.locked.clear();

    ResponseDecided again = responder.respond(about("a2", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.TAKEN, again.outcome());
    assertEquals(
        "taken again, because the effect of 2026-03-02T09:15:01Z was gone, undone outside"
            + " Cattleguard: locked",
        again.explanation());
    assertEquals(Set.of("b1"), vault.locked);
  }

  @Test
  void promise14WhatAPersonOrAControllerUndidTwiceIsNotTakenAgainAndPeopleAreToldOnce() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    vault.locked.clear();
    responder.respond(about("a2", "b1"), now, false);
    vault.locked.clear();

    ResponseDecided third = responder.respond(about("a3", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.REFUSED, third.outcome());
    assertEquals(
        "no action taken: lock-box on box b1 is not taken again: a person, a controller or the"
            + " intruder undid it 2 times within a day",
        third.explanation());
    assertEquals(Set.of(), vault.locked);
    assertEquals(List.of(), responder.respond(about("a4", "b1"), now, false));
    assertEquals(2, vault.calls.stream().filter("take"::equals).count());
    vault.boxes.add("b3");
    assertEquals(
        ResponseOutcome.TAKEN,
        responder.respond(about("a5", "b3"), now, false).getFirst().outcome(),
        "another object is not concerned");

    now = now.plus(Duration.ofDays(1));
    assertEquals(
        ResponseOutcome.TAKEN,
        responder.respond(about("a6", "b1", now), now, false).getFirst().outcome(),
        "a new attack on another day");
  }

  @Test
  void promise14ThatAnActionIsNotTakenAgainIsToldForEachObjectOfOneName() {
    Responder responder = responder(Mode.ENFORCE);
    vault.boxes.add("b3");
    for (String uid : List.of("b1", "b3")) {
      vault.replaced.put("b1", uid);
      ResponseDecided unused = responder.respond(about("a-" + uid, "b1"), now, false).getFirst();
      ledger.change(
          new Ledger.Key("lock-box", uid),
          one -> one.undoneBy(new OperatorOrder("ann@example.com", "a test"), now));
      List<ResponseDecided> released = responder.releaseEnded(now);
      assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(released));
      assertEquals(
          List.of(ResponseOutcome.REFUSED),
          outcomes(responder.respond(about("again-" + uid, "b1"), now, false)),
          uid);
      assertEquals(List.of(), responder.respond(about("once-" + uid, "b1"), now, false), uid);
    }
  }

  @Test
  void promise5ARetakeThatWasInterruptedBeforeItBeganDoesNotCount() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    vault.locked.clear();
    ledger.mark("retake/lock-box/b1", "a1/" + now, now, Duration.ofDays(1), 1);

    assertEquals(
        List.of(ResponseOutcome.TAKEN),
        outcomes(responder.respond(about("a2", "b1"), now, false)),
        "the killed attempt counted the same undoing");
  }

  /** A part of it may still be in effect, and its release would end that. */
  @Test
  void promise14ARefusedRetakeIsNotListedAsInEffectAndItsLeaseIsExtendedSilently() {
    Responder responder = responder(Mode.ENFORCE);
    for (String id : List.of("a1", "a2", "a3")) {
      responder.respond(about(id, "b1"), now, false);
      vault.locked.clear();
    }
    assertEquals(Containment.Effect.GONE, ledger.live().getFirst().effect());
    now = ledger.live().getFirst().until().minusSeconds(60);
    responder.respond(about("a4", "b1", now), now, false);

    now = now.plusSeconds(60);
    assertEquals(List.of(), responder.releaseEnded(now));
    assertEquals(Containment.Effect.GONE, ledger.live().getFirst().effect());

    now = ledger.live().getFirst().until();
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(now)));
  }

  @Test
  void promise14ThatAnActionIsNotTakenAgainIsToldAlsoRightAfterItWasPostponed() {
    Responder responder = responder(Mode.ENFORCE);
    for (String id : List.of("a1", "a2")) {
      responder.respond(about(id, "b1"), now, false);
      vault.locked.clear();
    }
    ledger.mark("postponed/lock-box/box b1", "a0/0", now, Duration.ofMinutes(10), 1);

    List<ResponseDecided> told = responder.respond(about("a3", "b1"), now, false);

    assertEquals(List.of(ResponseOutcome.REFUSED, ResponseOutcome.TAKEN), outcomes(told));
    assertEquals("burn-box", told.getLast().action(), "what is stronger is taken instead");
    assertEquals(Set.of("b1"), vault.burnt);
  }

  @ParameterizedTest
  @CsvSource({"true,CONTAINS,", "false,CONTAINS,b1", "true,LIMITS,b1", "true,NONE,b1"})
  void promise14OnlyAContainmentOfTheSameObjectReplacesTheStrongerOneOfAnActionThatDoesNotHelp(
      boolean sameBox, ResponseDecided.Effect effect, @Nullable String burnt) {
    Playbook both =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(), new GuardBox(sameBox, effect)),
            Budget.DEFAULT);
    Responder responder =
        new Responder(
            new Playbooks(List.of(both), Boxes.ACTIONS),
            Places.of(Vault.class, vault),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));
    for (String id : List.of("a1", "a2", "a3")) {
      responder.respond(about(id, "b1"), now, false);
      vault.locked.clear();
    }

    assertEquals(burnt == null ? Set.of() : Set.of(burnt), vault.burnt);
  }

  @Test
  void promise11AnActionWhoseEffectWasNeverSeenWasNotUndoneByAPerson() {
    Responder responder = responder(Mode.ENFORCE);
    vault.leasesUnseen = true;
    for (String id : List.of("a1", "a2", "a3")) {
      vault.slow = 1_000;
      responder.respond(about(id, "b1"), now, false);
      vault.locked.clear();
    }
    vault.slow = 0;

    assertEquals(
        List.of(ResponseOutcome.TAKEN), outcomes(responder.respond(about("a4", "b1"), now, false)));
  }

  @Test
  void promise14AContainmentThatFailedInPartIsNotTakenAgainWithoutEndEither() {
    vault.partly = true;
    Responder responder = responder(Mode.ENFORCE);
    for (String id : List.of("a1", "a2", "a3", "a4")) {
      responder.respond(about(id, "b1"), now, false);
      vault.locked.clear();
    }

    assertEquals(2, vault.calls.stream().filter("take"::equals).count());
  }

  @Test
  void promise10ALeaseIsExtendedWhileAlertsStillComeAndPeopleAreToldEachTime() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    Instant end = now.plus(Duration.ofHours(1));
    now = now.plus(Duration.ofMinutes(50));
    assertEquals(List.of(), responder.respond(about("a2", "b1", now), now, false));

    now = end;
    List<ResponseDecided> told = responder.releaseEnded(now);
    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(told));
    assertEquals(end.plus(Duration.ofHours(1)), told.getFirst().leaseUntil());
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(List.of(), responder.releaseEnded(now.plusSeconds(60)));

    now = end.plus(Duration.ofHours(1));
    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder.releaseEnded(now)),
        "no alert came any more");
  }

  @Test
  void everyOutcomeStatesWhatItsActionDoesToAnAttack() {
    List<ResponseDecided> told =
        new ArrayList<>(responder(Mode.OBSERVE).respond(about("a0", "b0"), now, false));
    Responder responder = responder(Mode.ENFORCE);
    told.addAll(responder.respond(about("a1", "b1"), now, false));
    Instant end = now.plus(Duration.ofHours(1));
    now = now.plus(Duration.ofMinutes(50));
    told.addAll(responder.respond(about("a2", "b1", now), now, false));
    told.addAll(responder.releaseEnded(end));
    told.addAll(responder.releaseEnded(end.plus(Duration.ofHours(1))));

    assertEquals(
        List.of(
            ResponseOutcome.OBSERVED,
            ResponseOutcome.TAKEN,
            ResponseOutcome.EXTENDED,
            ResponseOutcome.RELEASED),
        outcomes(told));
    told.forEach(one -> assertEquals(ResponseDecided.Effect.CONTAINS, one.stated()));
  }

  @Test
  void promise10TheKillSwitchStopsReleasesAndLeasesAreExtended() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH));
    now = now.plus(Duration.ofHours(3));

    List<ResponseDecided> told = responder.releaseEnded(now);
    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(told));
    assertEquals(List.of(), responder.releaseEnded(now));
    assertEquals(Set.of("b1"), vault.locked);

    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", Instant.EPOCH));
    now = now.plus(Duration.ofHours(1));
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(now)));
  }

  /** Extending by the lease would never reach a time in the future. */
  @Test
  void promise10AContainmentWithoutALeaseIsExtendedToo() {
    Playbook noLease =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(Duration.ZERO)),
            Budget.DEFAULT);
    Responder responder = queued(new Messages(() -> now), ledger, List.of(noLease), Limits.DEFAULT);
    responder.respond(about("a1", "b1"), now, false);
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now));
    Instant later = now.plusSeconds(30);

    List<ResponseDecided> told =
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> responder.releaseEnded(later));

    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(told));
    assertTrue(ledger.live().getFirst().until().isAfter(later));
  }

  @Test
  void aWorkloadWhoseReplacementsRaiseAlertsAgainGetsTheStrongerAction() {
    Limits limits =
        new Limits(
            Set.of(),
            Map.of(Budget.Per.WORKLOAD, 9, Budget.Per.NAMESPACE, 9, Budget.Per.CLUSTER, 9),
            new Budget(Budget.Per.WORKLOAD, 2, Duration.ofHours(1)),
            Limits.DEFAULT.circuitBreaker(),
            Map.of());
    Responder responder =
        queued(new Messages(() -> now), ledger, List.of(playbook(Mode.ENFORCE)), limits);
    vault.boxes.addAll(List.of("b3", "b4"));
    responder.respond(about("a1", "b1"), now, false);
    responder.respond(about("a2", "b3"), now, false);

    ResponseDecided third = responder.respond(about("a3", "b4"), now, false).getFirst();

    assertEquals("burn-box", third.action());
    assertEquals(ResponseOutcome.TAKEN, third.outcome());
    assertEquals(Set.of("b1", "b3"), vault.locked);
    assertEquals(Set.of("b4"), vault.burnt);
  }

  /** Root on a node can make every action on its pods fail. */
  @ParameterizedTest(name = "failures on {0}: {1}")
  @CsvSource({
    "n1 n1 n1 n1 n1 n1 n1 n1, TAKEN",
    "n1 n1 n1 n1 n2,          OBSERVED",
    "n1 n2 n3 n4 n5,          OBSERVED"
  })
  void promise9FailuresOnOneNodeDoNotOpenTheCircuitBreaker(String nodes, ResponseOutcome next) {
    Limits limits =
        new Limits(
            Set.of(),
            Map.of(Budget.Per.WORKLOAD, 99, Budget.Per.NAMESPACE, 99, Budget.Per.CLUSTER, 99),
            new Budget(Budget.Per.WORKLOAD, 99, Duration.ofHours(1)),
            Limits.DEFAULT.circuitBreaker(),
            Map.of());
    Playbook wide = playbook(Mode.ENFORCE, new Budget(Budget.Per.CLUSTER, 99, Duration.ofHours(1)));
    Responder responder = queued(new Messages(() -> now), ledger, List.of(wide), limits);
    vault.jammed = true;
    for (String node : nodes.split(" ", -1)) {
      String box = "box-" + vault.boxes.size();
      vault.boxes.add(box);
      vault.nodes.put(box, node);
      // What the alert says of the node does not count.
      assertEquals(
          List.of(ResponseOutcome.FAILED),
          outcomes(responder.respond(on("any-" + box, box), now, false)));
    }
    vault.jammed = false;

    assertEquals(List.of(next), outcomes(responder.respond(on("n9", "b1"), now, false)));
  }

  private ScoredAlert on(String node, String box) {
    return TestAlerts.scored(
        TestAlerts.alert("about " + box, "r", Severity.CRITICAL)
            .at(now)
            .target(Target.builder().resource(box).node(node).build())
            .build(),
        85);
  }

  @Test
  void afterTooManyFailedActionsRespondersOnlyObserve() {
    Limits limits =
        new Limits(
            Set.of(),
            Map.of(Budget.Per.WORKLOAD, 9, Budget.Per.NAMESPACE, 9, Budget.Per.CLUSTER, 9),
            Limits.DEFAULT.repeatOffender(),
            new Budget(Budget.Per.CLUSTER, 2, Duration.ofMinutes(10)),
            Map.of());
    Playbook wide = playbook(Mode.ENFORCE, new Budget(Budget.Per.CLUSTER, 9, Duration.ofHours(1)));
    Responder responder = queued(new Messages(() -> now), ledger, List.of(wide), limits);
    vault.boxes.addAll(List.of("b3", "b4"));
    vault.jammed = true;
    assertEquals(
        List.of(ResponseOutcome.FAILED),
        outcomes(responder.respond(about("a1", "b1"), now, false)));
    assertEquals(
        List.of(ResponseOutcome.FAILED),
        outcomes(responder.respond(about("a2", "b3"), now, false)));
    vault.jammed = false;

    ResponseDecided third = responder.respond(about("a3", "b4"), now, false).getFirst();
    assertEquals(ResponseOutcome.OBSERVED, third.outcome());
    assertTrue(third.objections().getFirst().startsWith("circuit breaker"), third.toString());
    now = now.plus(Duration.ofMinutes(10));
    Instant later = now;

    assertEquals(
        List.of(ResponseOutcome.TAKEN),
        outcomes(responder.respond(about("a4", "b4", later), now, false)));
  }

  @Test
  void anUnexpectedErrorOfAnActionIsAFailureAndTheNextStepIsTaken() {
    Playbook two =
        new Playbook(
            "test",
            playbook(Mode.ENFORCE).when(),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new LockBox(), new BurnBox()),
            Budget.DEFAULT);
    vault.broken = true;

    List<ResponseDecided> told =
        queued(new Messages(() -> now), ledger, List.of(two), Limits.DEFAULT)
            .respond(about("a1", "b1"), now, false);

    assertEquals(List.of(ResponseOutcome.FAILED, ResponseOutcome.TAKEN), outcomes(told));
    assertEquals("an unexpected error: ArithmeticException", told.getFirst().explanation());
  }

  @Test
  void promise14WhatAPersonUndidIsNotTakenAgainOnTheSameObject() {
    Responder responder = responder(Mode.ENFORCE);
    responder.respond(about("a1", "b1"), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "a pentest"), now));

    List<ResponseDecided> told = responder.releaseEnded(now);
    assertEquals("undone by ann@example.com (a pentest): open", told.getFirst().explanation());
    ResponseDecided refused = responder.respond(about("a2", "b1"), now, false).getFirst();
    assertEquals(ResponseOutcome.REFUSED, refused.outcome());
    assertTrue(refused.explanation().contains("a pentest"), refused.explanation());
    assertEquals(Set.of(), vault.locked);
    assertEquals(
        List.of(), responder.respond(about("a3", "b1"), now, false), "people are told once");
  }

  /** They would wait for the announced retry for ever. */
  @Test
  void promise3PeopleWhoReadOfARetryReadThatTheActionIsNotRepeated() {
    Messages messages = new Messages(() -> now);
    Responder responder = queued(messages, ledger);
    responder.respond(about("a1", "b1"), now, false);
    pass(Duration.ofSeconds(10), messages, responder);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    now = now.plus(Duration.ofMinutes(2));
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "a pentest"), now));
    responder.releaseEnded(now);
    responder.respond(about("a2", "b1", now), now, false);
    vault.away = true;
    List<ResponseDecided> told = new ArrayList<>();
    told.addAll(responder.respond(about("a3", "b1", now), now, false));
    told.addAll(responder.respond(about("a4", "b1", now), now, false));
    vault.away = false;
    told.addAll(pass(Duration.ofMinutes(1), messages, responder));

    assertEquals(List.of("a3", "a3"), told.stream().map(one -> one.scored().alert().id()).toList());
    assertTrue(told.getFirst().explanation().contains("retrying until"), told.toString());
    assertTrue(told.getLast().explanation().contains("not taken again"), told.toString());
    assertEquals(0, messages.waiting());
  }

  @Test
  void promise14APersonsOrderStandsForAnAlertThatComesBeforeTheRelease() {
    Responder responder = responder(Mode.ENFORCE);
    vault.partly = true;
    responder.respond(about("a1", "b1"), now, false);
    vault.locked.clear();
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "a pentest"), now));

    ResponseDecided told = responder.respond(about("a2", "b1"), now, false).getFirst();

    assertEquals(ResponseOutcome.REFUSED, told.outcome());
    assertEquals(
        "no action is taken again: undone by ann@example.com (a pentest)", told.explanation());
    assertEquals(Set.of(), vault.locked);
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(now)));
  }

  /** This happens between its claim and its action. */
  @Test
  void promise14APersonsReleaseStopsTheAttemptThatIsAboutToAct() {
    Ledger.Settlement released =
        new Ledger.Settlement(
            "a1", ResponseOutcome.RELEASED, "undone by ann (ours): open", now, Optional.empty());
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Ledger undone = during("remembered", () -> ledger.settle(key, released));

    ResponseDecided told =
        responder(Mode.ENFORCE, Places.of(Vault.class, vault), undone)
            .respond(about("a2", "b1"), now, false)
            .getFirst();

    assertEquals("no action is taken again: undone by ann (ours): open", told.explanation());
    assertEquals(List.of("look"), vault.calls);
    assertEquals(Optional.of(released), ledger.settled(key));
  }

  /** A process that is killed before it deletes the containment has stored the person's undo. */
  @Test
  void promise14APersonsOrderIsSettledBeforeTheContainmentIsDeleted() {
    responder(Mode.ENFORCE).respond(about("a1", "b1"), now, false);
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.change(key, one -> one.undoneBy(new OperatorOrder("ann@example.com", "a pentest"), now));
    Ledger killed =
        during(
            "forget",
            () -> {
              throw new Unavailable("killed");
            });

    assertThrows(
        Unavailable.class,
        () -> responder(Mode.ENFORCE, Places.of(Vault.class, vault), killed).releaseEnded(now));
    ledger.forget(ledger.remembered(key).orElseThrow());
    vault.calls.clear();
    responder(Mode.ENFORCE).respond(about("a2", "b1"), now, false);

    assertEquals(Set.of(), vault.locked);
  }

  /** A ledger with an event right before each call of a method. */
  private Ledger during(String call, Runnable first) {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals(call)) {
                first.run();
              }
              return method.invoke(ledger, arguments);
            });
  }

  private static List<ResponseOutcome> outcomes(List<ResponseDecided> told) {
    return told.stream().map(ResponseDecided::outcome).toList();
  }

  private static Containment containment(String action, String uid) {
    return new Containment(
        action,
        uid,
        new LockBox.Named(uid).toJson(),
        "test",
        TestAlerts.AT,
        TestAlerts.AT.plusSeconds(1_000),
        AlertJson.write(about("a0", uid)).toString());
  }
}
