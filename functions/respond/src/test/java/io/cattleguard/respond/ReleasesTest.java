package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests when a lease is extended and for how long, and when its end is not delayed. */
final class ReleasesTest {
  private static final Ledger.Key KEY = new Ledger.Key("lock-box", "b1");
  private static final Instant SINCE = TestAlerts.AT;

  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();

  private Responder responder(Duration lease, Ledger over) {
    return Boxes.responder(
        Boxes.playbook(Mode.ENFORCE, new LockBox(lease)),
        vault,
        over,
        () -> SINCE,
        DelayQueue.waiting(millis -> {}));
  }

  /** A box that was locked, and the lease of which ends then. */
  private Containment contained(Instant until) {
    return contained("b1", until);
  }

  private Containment contained(String box, Instant until) {
    vault.locked.add(box);
    Containment one =
        new Containment(
            "lock-box",
            box,
            new LockBox.Named(box).toJson(),
            "test",
            SINCE,
            until,
            AlertJson.write(Boxes.about("a0", box, TestAlerts.AT)).toString());
    ledger.remember(one);
    return one;
  }

  /** Stands for the death of a process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static List<ResponseOutcome> outcomes(List<ResponseDecided> told) {
    return told.stream().map(ResponseDecided::outcome).toList();
  }

  @ParameterizedTest(name = "a lease of {0} min, the latest alert {1} min before its end: {2}")
  @CsvSource({
    "240, 29, EXTENDED",
    "240, 30, RELEASED",
    "240, 31, RELEASED",
    "20,   9, EXTENDED",
    "20,  10, RELEASED",
    "60,  29, EXTENDED"
  })
  void promise10AnAlertCountsInTheLastHalfOfALeaseAndAtMostHalfAnHour(
      int lease, int before, ResponseOutcome outcome) {
    Instant until = SINCE.plus(Duration.ofMinutes(lease));
    ledger.remember(contained(until).alertedAt(until.minus(Duration.ofMinutes(before))));

    assertEquals(
        List.of(outcome),
        outcomes(responder(Duration.ofMinutes(lease), ledger).releaseEnded(until)));
  }

  @Test
  void theAlertOfTheContainmentItselfExtendsNoLease() {
    Instant until = SINCE.plus(Duration.ofMinutes(5));
    contained(until);

    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder(Duration.ofHours(4), ledger).releaseEnded(until)));
  }

  @ParameterizedTest(name = "a lease of {0} min while the kill switch is on: {1} min more")
  @CsvSource({"10, 10", "59, 59", "60, 60", "240, 60"})
  void promise10TheKillSwitchExtendsALeaseByItselfAndAtMostAnHour(int lease, int more) {
    Instant until = SINCE.plus(Duration.ofMinutes(lease));
    contained(until);
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));

    List<ResponseDecided> told =
        responder(Duration.ofMinutes(lease), ledger).releaseEnded(until.plusSeconds(1));

    assertEquals(until.plus(Duration.ofMinutes(more)), told.getFirst().leaseUntil());
    assertEquals(
        until.plus(Duration.ofMinutes(more)), ledger.remembered(KEY).orElseThrow().until());
  }

  private static Ledger.Key key(String box) {
    return new Ledger.Key("lock-box", box);
  }

  private static Ledger.Settlement locked(Instant until) {
    return new Ledger.Settlement("a0", ResponseOutcome.TAKEN, "locked", SINCE, Optional.of(until));
  }

  /** Such as two equal rules of a security group, one of which was added and revoked later. */
  @Test
  void promise10AReleaseDoesNotEndTheSameEffectOfAnotherContainment() {
    Instant until = SINCE.plus(Duration.ofHours(2));
    contained("b1@left", until);
    Instant longer = until.plus(Duration.ofHours(1));
    contained("b1@right", longer);
    ledger.settle(key("b1@right"), locked(longer));
    Responder responder = responder(Duration.ofHours(2), ledger);

    List<ResponseDecided> told = responder.releaseEnded(until);
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(told));
    assertEquals(
        "lease expired: nothing is changed yet: box b1@right is contained with the same effect"
            + " until 2026-03-02T12:15:00Z, and its release undoes both",
        told.getFirst().explanation());
    assertFalse(vault.calls.contains("release"), vault.calls::toString);
    assertEquals(List.of(key("b1@right")), ledger.live().stream().map(Containment::key).toList());

    assertEquals("lease expired: open", responder.releaseEnded(longer).getFirst().explanation());
    assertEquals(1, Collections.frequency(vault.calls, "release"));
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise12AContainmentThatCannotBeReadDoesNotKeepAnotherFromBeingReleased() {
    Instant until = SINCE.plus(Duration.ofHours(2));
    contained("b1@left", until);
    Containment other = contained("b1@right", until.plus(Duration.ofHours(1)));
    ledger.settle(key("b1@right"), locked(until));
    ledger.change(other.key(), one -> one.about(JsonNodeFactory.instance.objectNode()));

    List<ResponseDecided> told = responder(Duration.ofHours(2), ledger).releaseEnded(until);

    assertEquals("lease expired: open", told.getFirst().explanation());
  }

  /** Otherwise neither of the two would be undone. */
  @ParameterizedTest
  @ValueSource(
      strings = {"verified", "in its turn", "released", "gone", "failed", "of another effect"})
  void promise10AnotherContainmentThatMayNotStayDoesNotDelayARelease(String what) {
    Instant until = SINCE.plus(Duration.ofHours(2));
    contained("b1@left", until);
    Instant longer = until.plus(Duration.ofHours(1));
    String box = what.equals("of another effect") ? "b3@right" : "b1@right";
    Containment other = contained(box, longer);
    if (!what.equals("verified")) {
      ledger.settle(key(box), locked(longer));
    }
    ledger.change(
        other.key(),
        one ->
            switch (what) {
              case "in its turn" -> one.inTurn(new Containment.Turn(longer));
              case "released" -> one.releasedAs(locked(longer));
              case "gone" -> one.seen(Containment.Effect.GONE);
              default -> one;
            });
    if (what.equals("failed")) {
      ledger.settle(
          key(box),
          new Ledger.Settlement("a0", ResponseOutcome.FAILED, "no", SINCE, Optional.empty()));
    }

    List<ResponseDecided> told = responder(Duration.ofHours(2), ledger).releaseEnded(until);

    assertEquals("lease expired: open", told.getFirst().explanation());
  }

  @Test
  void promise14APersonsUndoIsNotDelayed() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    Instant now = SINCE.plus(Duration.ofMinutes(20));
    ledger.remember(
        contained(until)
            .alertedAt(now)
            .undoneBy(new OperatorOrder("ann@example.com", "ours"), now));
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));

    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder(Duration.ofHours(4), ledger).releaseEnded(now)));
    assertEquals(Set.of(), vault.locked);
  }

  @Test
  void promise10ARetryOfAReleaseIsNotDelayedByAlerts() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    ledger.remember(contained(until).failedAt(until).alertedAt(until));

    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder(Duration.ofHours(4), ledger).releaseEnded(until.plusSeconds(60))));
  }

  @Test
  void promise14AnExtensionHoldsAlsoWhileTheReleaseFails() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    ledger.remember(contained(until).failedAt(until).extendedTo(until.plus(Duration.ofHours(1))));
    Responder responder = responder(Duration.ofHours(4), ledger);

    assertEquals(List.of(), responder.releaseEnded(until.plus(Duration.ofMinutes(59))));
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder.releaseEnded(until.plus(Duration.ofHours(1)))));
  }

  @Test
  void theKillSwitchIsToldOnceAnHourAlsoWhileTheReleaseFails() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    ledger.remember(contained(until).failedAt(until));
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));
    Responder responder = responder(Duration.ofHours(4), ledger);

    List<ResponseDecided> told = new ArrayList<>();
    for (int minute = 1; minute <= 60; minute++) {
      told.addAll(responder.releaseEnded(until.plus(Duration.ofMinutes(minute))));
    }

    assertEquals(List.of(ResponseOutcome.EXTENDED, ResponseOutcome.EXTENDED), outcomes(told));
  }

  @Test
  void promise11TheKillSwitchSaysThatAReleaseWasAcceptedBefore() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    vault.unseen = 1;
    Responder responder = responder(Duration.ofHours(4), ledger);
    assertEquals(List.of(), responder.releaseEnded(until));
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));

    List<ResponseDecided> told = responder.releaseEnded(until.plusSeconds(10));

    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(told));
    assertEquals(
        "the lease is extended to 2026-03-02T14:15:00Z: the kill switch is on, so nothing is"
            + " released; its release was accepted at "
            + until
            + " and did not show yet, so it may not be contained any more",
        told.getFirst().explanation());
  }

  /** EC2 needs its time again, because the release is sent again. */
  @Test
  void promise11AReleaseThatWasAcceptedBeforeTheKillSwitchHasItsTimeAgainAfterIt() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    vault.unseen = 2;
    Responder responder = responder(Duration.ofHours(4), ledger);
    assertEquals(List.of(), responder.releaseEnded(until));
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));
    responder.releaseEnded(until.plusSeconds(10));
    ledger.halt(new Ledger.Halt(false, "ann@example.com", "the test is over", SINCE));
    Instant later = until.plus(Duration.ofHours(1));

    assertEquals(List.of(), responder.releaseEnded(later));
    assertEquals(
        List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(later.plusSeconds(10))));
  }

  /** People are notified once that a release without a visible effect fails. */
  @Test
  void promise11AReleaseThatDoesNotShowAfterTheKillSwitchEitherIsTold() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    vault.unseen = 1_000;
    Responder responder = responder(Duration.ofHours(4), ledger);
    responder.releaseEnded(until);
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", SINCE));
    responder.releaseEnded(until.plusSeconds(10));
    ledger.halt(new Ledger.Halt(false, "ann@example.com", "the test is over", SINCE));
    Instant later = until.plus(Duration.ofHours(1));

    List<ResponseDecided> told = new ArrayList<>();
    for (int second = 0; second <= 180; second += 10) {
      told.addAll(responder.releaseEnded(later.plusSeconds(second)));
    }

    assertEquals(List.of(ResponseOutcome.FAILED), outcomes(told));
  }

  /** Otherwise the second one could undo a containment that was made after the first release. */
  @Test
  void promise10TwoSweepsAtTheSameTimeReleaseAContainmentOnce() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    List<ResponseDecided> toldByAnother = new ArrayList<>();
    Ledger slow =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("isActing")) {
                    toldByAnother.addAll(
                        responder(Duration.ofHours(4), ledger).releaseEnded(until));
                  }
                  return method.invoke(ledger, arguments);
                });

    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder(Duration.ofHours(4), slow).releaseEnded(until)));
    assertEquals(List.of(), toldByAnother);
    assertEquals(List.of("release"), vault.calls);
  }

  /** It was contained again after the sweep had looked, so the next sweep decides about it. */
  @Test
  void promise10ASweepReleasesOnlyTheContainmentThatItSaw() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    Containment old = contained(until);
    Instant again = until.minusSeconds(1);
    Ledger late =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("change")
                      && ledger.remembered(KEY).filter(old::equals).isPresent()) {
                    ledger.forget(old);
                    ledger.remember(
                        new Containment(
                            old.action(),
                            old.uid(),
                            old.subject(),
                            old.playbook(),
                            again,
                            until,
                            old.scoredJson()));
                  }
                  return method.invoke(ledger, arguments);
                });

    assertEquals(List.of(), responder(Duration.ofHours(4), late).releaseEnded(until));
    assertEquals(List.of(), vault.calls);
    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder(Duration.ofHours(4), ledger).releaseEnded(until)));
  }

  @Test
  void promise10WhatAKilledSweepHeldIsReleasedByALaterOne() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    Instant over = until.plusSeconds(150);
    ledger.change(KEY, one -> one.inTurn(new Containment.Turn(over)));
    Responder responder = responder(Duration.ofHours(4), ledger);

    assertEquals(List.of(), responder.releaseEnded(over.minusSeconds(1)));
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(over)));
  }

  /** An alert has had another rule revoked meanwhile, and it would be restored. */
  @ParameterizedTest(name = "the kill switch is on afterwards: {0}")
  @ValueSource(booleans = {false, true})
  void promise10ASweepThatIsKilledAfterItsReleaseLeavesOnlyTheReport(boolean stopped) {
    Instant until = SINCE.plus(Duration.ofHours(4));
    Containment one = contained(until);
    Responder responder = responder(Duration.ofHours(4), ledger);
    List<ResponseDecided> told = new ArrayList<>();
    assertThrows(
        Killed.class,
        () ->
            responder.releaseEnded(
                until,
                decided -> {
                  told.add(decided);
                  throw new Killed();
                }));
    vault.locked.add("b1");
    if (stopped) {
      ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", until));
    }

    responder.releaseEnded(until.plus(Duration.ofMinutes(3)), told::add);

    assertEquals(List.of("release"), vault.calls);
    assertEquals(Set.of("b1"), vault.locked);
    assertEquals(List.of(ResponseOutcome.RELEASED, ResponseOutcome.RELEASED), outcomes(told));
    assertEquals(told.getFirst().explanation(), told.getLast().explanation());
    assertEquals(List.of(), ledger.live());

    ledger.remember(
        new Containment(
            "lock-box",
            "b1",
            one.subject(),
            "test",
            until.plusSeconds(1),
            until.plusSeconds(2),
            one.scoredJson()));
    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", until));
    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        outcomes(responder.releaseEnded(until.plus(Duration.ofMinutes(6)))));
    assertEquals(Set.of(), vault.locked, "the box was locked again, and is released once more");
  }

  /** A late check may store the same containment again, after the release and before its report. */
  @Test
  void promise10WhatIsStoredAgainAfterAKilledReleaseIsReleasedOnceMore() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    Containment one = contained(until);
    Responder responder = responder(Duration.ofHours(4), ledger);
    assertThrows(
        Killed.class,
        () ->
            responder.releaseEnded(
                until,
                decided -> {
                  throw new Killed();
                }));
    vault.locked.add("b1");
    ledger.remember(one);

    responder.releaseEnded(until.plus(Duration.ofMinutes(3)));

    assertEquals(Set.of(), vault.locked);
    assertEquals(List.of(), ledger.live());
  }

  /** The report does not need the release; the person's order is still kept. */
  @Test
  void promise14AnUndoWhoseSweepIsKilledIsSettledAsThePersons() {
    contained(SINCE.plus(Duration.ofHours(4)));
    Instant now = SINCE.plus(Duration.ofHours(1));
    ledger.change(KEY, one -> one.undoneBy(new OperatorOrder("ann@example.com", "ours"), now));
    Responder responder = responder(Duration.ofHours(4), ledger);
    assertThrows(
        Killed.class,
        () ->
            responder.releaseEnded(
                now,
                decided -> {
                  throw new Killed();
                }));
    assertEquals(Optional.empty(), ledger.settled(KEY));

    responder.releaseEnded(now.plus(Duration.ofMinutes(3)));

    assertEquals(List.of("release"), vault.calls);
    assertTrue(ledger.settled(KEY).orElseThrow().isOfAPerson());
    assertEquals(List.of(), ledger.live());
  }

  /** Otherwise the undo would come when the extended lease ends. */
  @Test
  void promise14AnUndoThatComesWhileAnExtensionIsToldIsNotDelayed() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    ledger.remember(contained(until).alertedAt(until.minusSeconds(60)));
    Responder responder = responder(Duration.ofHours(4), ledger);

    List<ResponseDecided> told = new ArrayList<>();
    responder.releaseEnded(
        until,
        one -> {
          told.add(one);
          ledger.change(
              KEY, stored -> stored.undoneBy(new OperatorOrder("ann@example.com", "ours"), until));
        });

    assertEquals(List.of(ResponseOutcome.EXTENDED), outcomes(told));
    assertEquals(
        List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(until.plusSeconds(60))));
  }

  /** A retry does not wait until the previous sweep ends. */
  @Test
  void promise10ASweepThatFailsEndsItsTurn() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    vault.stuck = true;
    Responder responder = responder(Duration.ofHours(4), ledger);
    assertEquals(List.of(ResponseOutcome.FAILED), outcomes(responder.releaseEnded(until)));
    vault.stuck = false;

    assertEquals(
        List.of(ResponseOutcome.RELEASED), outcomes(responder.releaseEnded(until.plusSeconds(60))));
  }

  /** Between the list of what is due and its release, a person extends the lease. */
  @Test
  void promise14AnExtensionThatComesFirstHolds() {
    Instant until = SINCE.plus(Duration.ofHours(4));
    contained(until);
    Ledger late =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(ledger, arguments);
                  if (method.getName().equals("endedBy")) {
                    ledger.change(KEY, one -> one.extendedTo(until.plusSeconds(60)));
                  }
                  return result;
                });

    assertEquals(List.of(), responder(Duration.ofHours(4), late).releaseEnded(until));
    assertEquals(Set.of("b1"), vault.locked);
  }
}
