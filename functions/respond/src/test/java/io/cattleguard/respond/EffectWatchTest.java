package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containments whose effect something else ends, and no alert follows. */
final class EffectWatchTest {
  private static final Ledger.Key KEY = new Ledger.Key("lock-box", "b1");

  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final List<ResponseDecided> told = new ArrayList<>();
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Messages messages = new Messages(() -> now);
  private final Responder responder =
      Boxes.responder(
          Boxes.playbook(Mode.ENFORCE, new LockBox(Duration.ofHours(1))),
          vault,
          ledger,
          () -> now,
          messages);

  @BeforeEach
  void lock() {
    respond("a1");
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    told.clear();
  }

  private void respond(String id) {
    boolean unused = responder.respond(Boxes.about(id, "b1", now), now, false, told::add);
  }

  private Containment contained(String box) {
    return new Containment(
        "lock-box",
        box,
        new LockBox.Named(box).toJson(),
        "test",
        now,
        now.plus(Duration.ofHours(1)),
        AlertJson.write(Boxes.about("a1", box, now)).toString());
  }

  private long looks() {
    return vault.calls.stream().filter("holds"::equals).count();
  }

  private void sweep(Consumer<ResponseDecided> hear) {
    new LeaseSweep(List.of(responder), Duration.ZERO)
        .sweep(now, hear)
        .ifPresent(
            error -> {
              throw error;
            });
  }

  /** One sweep each minute. */
  private void sweepFor(int minutes) {
    for (int passed = 0; passed < minutes; passed++) {
      now = now.plus(Duration.ofMinutes(1));
      sweep(told::add);
    }
  }

  private List<ResponseOutcome> outcomes() {
    return told.stream().map(ResponseDecided::outcome).toList();
  }

  private Containment.Effect effect() {
    return ledger.remembered(KEY).orElseThrow().effect();
  }

  /** Sweeps until the missing effect was seen once. */
  private void sweepUntilMissed() {
    for (int minutes = 0; minutes < 10 && effect() != Containment.Effect.MISSED; minutes++) {
      sweepFor(1);
    }
    assertEquals(Containment.Effect.MISSED, effect());
    assertEquals(List.of(), told);
  }

  @Test
  void promise11PeopleAreToldOnceThatAnEffectIsGoneAlsoWithoutAnAlert() {
    vault.locked.clear();
    sweepFor(11);
    Instant until = ledger.remembered(KEY).orElseThrow().until();

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
    assertTrue(told.getFirst().explanation().startsWith("not fully in effect any more"));
    assertEquals(until, told.getFirst().leaseUntil());
    assertEquals(Containment.Effect.GONE, effect());

    sweepFor(20);
    assertEquals(1, told.size());
  }

  @Test
  void promise11TheNextAlertLeadsToTheActionAgain() {
    vault.locked.clear();
    sweepFor(11);
    told.clear();

    respond("a2");

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertEquals(Containment.Effect.UNKNOWN, effect());

    vault.locked.clear();
    sweepFor(11);
    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.FAILED), outcomes());
  }

  @Test
  void promise10ALostEffectIsStillReleasedAtTheEndOfItsLease() {
    vault.locked.clear();
    sweepFor(61);

    assertEquals(List.of(ResponseOutcome.FAILED, ResponseOutcome.RELEASED), outcomes());
    assertEquals(Optional.empty(), ledger.remembered(KEY));
  }

  /** An extended lease would be told as a containment. */
  @Test
  void promise11ALostEffectIsNotToldAsContainedWhileTheKillSwitchIsOn() {
    vault.locked.clear();
    sweepFor(11);
    told.clear();
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now));
    Instant until = ledger.remembered(KEY).orElseThrow().until();
    sweepFor(60);

    assertEquals(List.of(), told);
    assertTrue(ledger.remembered(KEY).orElseThrow().until().isAfter(until));
  }

  @Test
  void promise10ALossAndTheFailureOfItsReleaseAreTwoEvents() {
    vault.locked.clear();
    sweepFor(11);
    vault.stuck = true;
    sweepFor(60);

    assertEquals(List.of(ResponseOutcome.FAILED, ResponseOutcome.FAILED), outcomes());
    assertEquals(2, told.stream().map(ResponseDecided::id).distinct().count());
  }

  @Test
  void aPlaceThatDoesNotAnswerIsAskedThreeTimesInASweep() {
    for (int n = 0; n < 50; n++) {
      ledger.remember(contained("c" + n));
      settle("c" + n, ResponseOutcome.TAKEN);
    }
    vault.away = true;
    sweepFor(1);
    vault.calls.clear();
    sweepFor(10);

    assertEquals(30, looks());
  }

  @Test
  void anEffectInPlaceIsNotReported() {
    sweepFor(4);
    vault.calls.clear();
    sweepFor(20);

    assertEquals(List.of(), told);
    assertEquals(4, looks());
  }

  /** With a fixed minute, an intruder could open it in the four others. */
  @Test
  void promise11AnEffectThatIsMissingInFourMinutesOfFiveIsSeenToBeMissing() {
    boolean isSeen = false;
    for (int minute = 0; minute < 120 && !isSeen; minute++) {
      if (minute % 5 == 0) {
        vault.locked.add("b1");
      } else {
        vault.locked.clear();
      }
      sweepFor(1);
      isSeen = told.stream().anyMatch(one -> one.outcome() == ResponseOutcome.FAILED);
    }

    assertTrue(isSeen);
  }

  @Test
  void sweepsOfTheSameMinuteLookOnce() {
    sweepFor(4);
    vault.calls.clear();
    for (int second = 0; second < 600; second += 3) {
      now = now.plusSeconds(3);
      sweep(told::add);
    }

    assertEquals(2, looks());
  }

  @Test
  void anEffectThatIsMissingOnlyOnceIsNotReported() {
    vault.locked.clear();
    sweepUntilMissed();
    vault.locked.add("b1");
    sweepFor(1);

    assertEquals(Containment.Effect.SEEN, effect());
    sweepFor(20);
    assertEquals(List.of(), told);
  }

  @Test
  void nothingIsMissingOfAnObjectThatIsGone() {
    vault.locked.clear();
    vault.boxes.clear();
    sweepFor(20);

    assertEquals(List.of(), told);
  }

  @Test
  void aPlaceThatDoesNotAnswerSaysNothing() {
    vault.away = true;
    sweepFor(20);

    assertEquals(List.of(), told);
  }

  @Test
  void aFreshEffectIsNotLookedAtAndThenEachIsOnceInFiveMinutes() {
    List<String> boxes = IntStream.range(0, 10).mapToObj(n -> "c" + n).toList();
    sweepFor(3);
    settle("b1", ResponseOutcome.TAKEN);
    for (String box : boxes) {
      vault.locked.add(box);
      ledger.remember(contained(box));
      settle(box, ResponseOutcome.TAKEN);
    }
    vault.calls.clear();

    sweepFor(1);
    assertEquals(0, looks());
    sweepFor(5);
    assertEquals(boxes.size() + 1, looks());
  }

  @Test
  void anActionThatWasOnlyRequestedIsReportedIfItsEffectWasSeen() {
    settle("b1", ResponseOutcome.REQUESTED);
    vault.locked.clear();
    sweepFor(20);
    assertEquals(List.of(), told);

    vault.locked.add("b1");
    sweepFor(5);
    assertEquals(Containment.Effect.SEEN, effect());
    vault.locked.clear();
    sweepFor(11);
    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
  }

  private void settle(String box, ResponseOutcome outcome) {
    ledger.settle(
        new Ledger.Key("lock-box", box),
        new Ledger.Settlement(
            "a1", outcome, "a test", now, Optional.of(now.plus(Duration.ofHours(1)))));
  }

  @Test
  void aFailedActionWasReportedAlready() {
    settle("b1", ResponseOutcome.FAILED);
    vault.locked.clear();
    sweepFor(20);

    assertEquals(List.of(), told);
  }

  @ParameterizedTest(name = "the release fails: {0}")
  @ValueSource(booleans = {false, true})
  void promise14APersonsUndoIsNotALoss(boolean fails) {
    vault.locked.clear();
    sweepUntilMissed();
    vault.stuck = fails;
    ledger.change(KEY, one -> one.undoneBy(new OperatorOrder("ann@example.com", "ours"), now));
    sweepFor(10);

    assertEquals(List.of(fails ? ResponseOutcome.FAILED : ResponseOutcome.RELEASED), outcomes());
    assertTrue(told.getFirst().explanation().startsWith("undone by ann@example.com"));
  }

  @Test
  void aReportThatCannotBePublishedIsMadeAgain() {
    vault.locked.clear();
    sweepUntilMissed();
    now = now.plus(Duration.ofMinutes(1));
    assertThrows(
        IllegalStateException.class,
        () ->
            sweep(
                decided -> {
                  throw new IllegalStateException("PutEvents failed for a response");
                }));

    sweepFor(1);
    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
  }

  /** Such as those in a namespace that an intruder has filled, or of one service of an account. */
  @Test
  void promise11ThreeContainmentsThatCannotBeReadDoNotHideTheLossOfAnother() {
    List<String> others = IntStream.range(0, 60).mapToObj(n -> "a" + n).toList();
    Containment ours = ledger.remembered(KEY).orElseThrow();
    ledger.forget(ours);
    for (String box : others) {
      ledger.remember(contained(box));
      settle(box, ResponseOutcome.TAKEN);
    }
    vault.unreadable.addAll(others);
    // The index of a stored ledger is sorted, so those of "a…" always come first.
    ledger.remember(ours);
    settle("b1", ResponseOutcome.TAKEN);
    vault.locked.clear();

    sweepFor(50);

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
  }

  /** A process that is killed between the report and the ledger reports the same loss again. */
  @Test
  void promise4ALossThatIsReportedAgainAfterACrashIsTheSameEvent() {
    vault.locked.clear();
    sweepUntilMissed();
    now = now.plus(Duration.ofMinutes(1));
    assertThrows(
        IllegalStateException.class,
        () ->
            sweep(
                decided -> {
                  told.add(decided);
                  throw new IllegalStateException("killed");
                }));
    sweepFor(1);

    assertEquals(2, told.size());
    assertEquals(1, told.stream().map(ResponseDecided::id).distinct().count());
  }

  /** A person took back the policy that opened it. The intruder is still there. */
  @Test
  void promise10AnEffectThatIsBackIsNotReleasedWhileTheAttackGoesOn() {
    vault.locked.clear();
    sweepFor(11);
    assertEquals(Containment.Effect.GONE, effect());
    vault.locked.add("b1");
    told.clear();

    for (int tens = 0; tens < 12; tens++) {
      sweepFor(10);
      var blocked =
          TestAlerts.scored(
              TestAlerts.alert("c" + tens, "r", Severity.CRITICAL)
                  .at(now)
                  .target(Target.builder().resource("b1").build())
                  .traits(List.of(Trait.BLOCKED.id()))
                  .build(),
              85);
      boolean unused = responder.respond(blocked, now, false, one -> {});
    }

    assertTrue(vault.locked.contains("b1"), outcomes()::toString);
  }

  @Test
  void anEffectThatIsBackIsListedAsInEffectThreeTimesADay() {
    for (int loss = 1; loss <= 5; loss++) {
      vault.locked.clear();
      sweepFor(11);
      vault.locked.add("b1");
      sweepFor(10);
      assertEquals(loss <= 3 ? Containment.Effect.SEEN : Containment.Effect.GONE, effect());
      ledger.change(KEY, one -> one.extendedTo(now.plus(Duration.ofHours(1))));
    }

    assertEquals(4, told.size());
    assertEquals(4, told.stream().map(ResponseDecided::id).distinct().count());
  }

  @Test
  void aPlaceThatAnswersSlowlyIsAskedForTenSecondsInASweep() {
    for (int n = 0; n < 50; n++) {
      ledger.remember(contained("c" + n));
      settle("c" + n, ResponseOutcome.TAKEN);
    }
    sweepFor(4);
    vault.calls.clear();
    vault.waiting = () -> now = now.plusSeconds(4);
    now = now.plus(Duration.ofMinutes(1));
    sweep(told::add);

    assertEquals(3, looks());
  }

  /** Such as where an intruder has filled a namespace. */
  @Test
  void promise11SlowReadsOfOthersDoNotHideALoss() {
    Containment ours = ledger.remembered(KEY).orElseThrow();
    ledger.forget(ours);
    for (int n = 0; n < 50; n++) {
      vault.locked.add("c" + n);
      ledger.remember(contained("c" + n).extendedTo(now.plus(Duration.ofDays(1))));
      settle("c" + n, ResponseOutcome.TAKEN);
    }
    ledger.remember(ours.extendedTo(now.plus(Duration.ofDays(1))));
    settle("b1", ResponseOutcome.TAKEN);
    vault.locked.remove("b1");
    vault.waiting = () -> now = now.plusSeconds(4);
    sweepFor(90);

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
  }

  /** An alert may have led to the action again since the containments were listed. */
  @Test
  void anEffectThatAnAlertHasObservedMeanwhileIsNotChanged() {
    vault.locked.clear();
    sweepUntilMissed();
    vault.waiting = () -> ledger.change(KEY, one -> one.seen(Containment.Effect.UNKNOWN));
    sweepFor(1);

    assertEquals(List.of(), told);
    assertEquals(Containment.Effect.UNKNOWN, effect());
  }

  /** People were notified by the alert. */
  @Test
  void anEffectThatAnAlertHasFoundGoneMeanwhileIsNotReportedAgain() {
    vault.locked.clear();
    vault.waiting =
        () -> {
          vault.waiting = () -> {};
          ledger.change(KEY, one -> one.seen(Containment.Effect.GONE));
        };
    sweepFor(20);

    assertEquals(List.of(), told);
    assertEquals(Containment.Effect.GONE, effect());
  }

  /** Two functions may look within the same minute. */
  @Test
  void aSecondLookWithinHalfAMinuteConfirmsNothing() {
    vault.locked.clear();
    sweepUntilMissed();
    Responder other =
        Boxes.responder(
            Boxes.playbook(Mode.ENFORCE, new LockBox(Duration.ofHours(1))),
            vault,
            ledger,
            () -> now,
            messages);
    now = now.plusSeconds(5);
    new LeaseSweep(List.of(other), Duration.ZERO).sweep(now, told::add);

    assertEquals(List.of(), told);
    assertEquals(Containment.Effect.MISSED, effect());
  }
}
