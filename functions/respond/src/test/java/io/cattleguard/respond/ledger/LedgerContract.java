package io.cattleguard.respond.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.ledger.Ledger.Claim;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests that every ledger must pass. */
public abstract class LedgerContract {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final Duration HOLD = Duration.ofMinutes(2);
  private static final Duration WINDOW = Duration.ofMinutes(10);
  private static final Ledger.Key KEY = new Ledger.Key("delete-pod", "uid-1");

  /** An empty ledger. */
  protected abstract Ledger ledger();

  private static Settlement settlement(String alert, ResponseOutcome outcome) {
    return new Settlement(alert, outcome, "because", NOW, Optional.of(NOW.plusSeconds(60)));
  }

  private static int others(Ledger ledger, String budget, String spender, Instant since) {
    return ledger
        .spentByOthers(List.of(new Ledger.Spent(budget, spender, since)))
        .getOrDefault(budget, -1);
  }

  @Test
  void whatWasGrantedAndNeverSettledIsRememberedAsBegun() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-begun");
    assertEquals(Optional.empty(), ledger.begun("first", "delete-pod"));
    ledger.claim(key, "first", NOW, HOLD);
    assertEquals(Optional.of("uid-begun"), ledger.begun("first", "delete-pod"));
    assertEquals(Optional.empty(), ledger.answered("first", "delete-pod"));
    ledger.claim(key, "second", NOW, HOLD);
    assertEquals(Optional.empty(), ledger.begun("second", "delete-pod"));
    Settlement done = settlement("first", ResponseOutcome.TAKEN);
    ledger.settle(key, done);
    assertEquals(Optional.empty(), ledger.begun("first", "delete-pod"));
    assertEquals(
        Optional.of(new Ledger.Answer("uid-begun", done)), ledger.answered("first", "delete-pod"));
  }

  @Test
  void promise5OfAnyNumberThatTryOneGetsTheAction() throws Exception {
    Ledger ledger = ledger();

    List<Claim> claims = atOnce(8, number -> ledger.claim(KEY, "alert-" + number, NOW, HOLD));

    assertEquals(1, claims.stream().filter(Claim.Granted.class::isInstance).count());
    assertEquals(7, claims.stream().filter(Claim.Held.class::isInstance).count());
  }

  @Test
  void whoHoldsAnActionHoldsItForTheLeaseAndNoLonger() {
    Ledger ledger = ledger();
    ledger.claim(KEY, "first", NOW, HOLD);

    Claim during = ledger.claim(KEY, "second", NOW.plus(HOLD).minusSeconds(1), HOLD);
    Claim after = ledger.claim(KEY, "second", NOW.plus(HOLD).plusSeconds(1), HOLD);

    assertEquals(new Claim.Held("first", NOW.plus(HOLD)), during);
    assertEquals(new Claim.Granted(true), after, "somebody held it before and did not settle");
  }

  @Test
  void anAlertFindsWhatItsActionCameToWithoutItsPod() {
    Ledger ledger = ledger();
    Settlement done = settlement("first", ResponseOutcome.TAKEN);

    ledger.settle(KEY, done);

    assertEquals(
        Optional.of(new Ledger.Answer("uid-1", done)), ledger.answered("first", "delete-pod"));
    assertEquals(Optional.empty(), ledger.answered("first", "isolate-pod"));
    assertEquals(Optional.empty(), ledger.answered("second", "delete-pod"));
  }

  @Test
  void anOutcomeIsToldToEachLaterClaim() {
    Ledger ledger = ledger();
    ledger.claim(KEY, "first", NOW, HOLD);
    Settlement done = settlement("first", ResponseOutcome.TAKEN);

    ledger.settle(KEY, done);

    assertEquals(new Claim.Settled(done), ledger.claim(KEY, "first", NOW, HOLD));
    assertEquals(new Claim.Settled(done), ledger.claim(KEY, "second", NOW.plusSeconds(999), HOLD));
  }

  @Test
  void anotherAlertMayTryAgainWhatFailedOrWasRefusedAndTheSameMayNot() {
    for (ResponseOutcome outcome : List.of(ResponseOutcome.FAILED, ResponseOutcome.REFUSED)) {
      Ledger ledger = ledger();
      Ledger.Key key = new Ledger.Key("delete-pod", outcome.jsonName());
      ledger.claim(key, "first", NOW, HOLD);
      ledger.settle(key, settlement("first", outcome));

      assertInstanceOf(Claim.Settled.class, ledger.claim(key, "first", NOW, HOLD));
      assertEquals(new Claim.Granted(false), ledger.claim(key, "second", NOW, HOLD));
    }
  }

  @Test
  void differentActionsAndObjectsDoNotShareAClaim() {
    Ledger ledger = ledger();
    ledger.claim(KEY, "first", NOW, HOLD);

    assertEquals(
        new Claim.Granted(false),
        ledger.claim(new Ledger.Key("isolate-pod", "uid-1"), "a", NOW, HOLD));
    assertEquals(
        new Claim.Granted(false),
        ledger.claim(new Ledger.Key("delete-pod", "uid-2"), "a", NOW, HOLD));
  }

  @Test
  void aWithdrawnClaimIsAsIfItHadNeverBeenGranted() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.withdraw(key, "b");
    assertEquals(new Claim.Held("a", NOW.plus(HOLD)), ledger.claim(key, "b", NOW, HOLD));

    ledger.withdraw(key, "a");

    assertEquals(Optional.empty(), ledger.begun("a", "delete-pod"));
    assertEquals(new Claim.Granted(false), ledger.claim(key, "b", NOW, HOLD));
    ledger.withdraw(key, "a");
    assertEquals(Optional.of("uid-1"), ledger.begun("b", "delete-pod"));
  }

  @Test
  void aWithdrawnClaimOfAnotherAttemptThatMayHaveActedIsStillGrantedAgain() {
    Ledger ledger = ledger();
    ledger.claim(KEY, "killed", NOW, HOLD);
    Instant later = NOW.plus(HOLD);
    assertEquals(new Claim.Granted(true), ledger.claim(KEY, "a", later, HOLD));

    ledger.withdraw(KEY, "a");

    assertEquals(new Claim.Granted(true), ledger.claim(KEY, "b", later, HOLD));
  }

  @Test
  void anExpiredClaimIsFreeAndStillBegun() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.expire(key, "b", NOW);
    assertEquals(new Claim.Held("a", NOW.plus(HOLD)), ledger.claim(key, "b", NOW, HOLD));

    ledger.expire(key, "a", NOW);

    assertEquals(Optional.of("uid-1"), ledger.begun("a", "delete-pod"));
    assertEquals(new Claim.Granted(true), ledger.claim(key, "b", NOW, HOLD));
    ledger.expire(key, "a", NOW);
    assertEquals(new Claim.Held("b", NOW.plus(HOLD)), ledger.claim(key, "c", NOW, HOLD));
  }

  @Test
  void anAttemptActsUntilItsClaimIsSuspendedSettledOrExpired() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    assertFalse(ledger.isActing(key, NOW));
    ledger.claim(key, "a", NOW, HOLD);
    assertTrue(ledger.isActing(key, NOW));
    assertFalse(ledger.isActing(key, NOW.plus(HOLD)));
    assertFalse(ledger.isBeingVerified(key, NOW));

    ledger.suspend(
        key,
        new Unverified(
            "a",
            "shell",
            NOW,
            NOW,
            new Unverified.Taken(NOW, "", List.of(), List.of()),
            JsonNodeFactory.instance.objectNode(),
            "{}"),
        NOW.plus(HOLD));
    assertFalse(ledger.isActing(key, NOW), "it has acted");
    assertTrue(ledger.isBeingVerified(key, NOW));
    assertFalse(ledger.isBeingVerified(key, NOW.plus(HOLD)));

    ledger.settle(
        key, new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty()));
    assertFalse(ledger.isActing(key, NOW));
    assertFalse(ledger.isBeingVerified(key, NOW));
  }

  @Test
  void aSettledClaimDoesNotExpire() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    Ledger.Settlement settlement =
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());
    ledger.settle(key, settlement);

    ledger.expire(key, "a", NOW);

    assertEquals(new Claim.Settled(settlement), ledger.claim(key, "b", NOW, HOLD));
  }

  @Test
  void aSettledClaimIsNotWithdrawn() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    Ledger.Settlement settlement =
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());
    ledger.settle(key, settlement);

    ledger.withdraw(key, "a");

    assertEquals(new Claim.Settled(settlement), ledger.claim(key, "b", NOW, HOLD));
  }

  @Test
  void aContainmentRemembersSinceWhenItsReleaseFails() {
    Ledger ledger = ledger();
    Containment containment = containment("uid-1", NOW);
    ledger.remember(containment);
    assertEquals(Optional.empty(), ledger.endedBy(NOW).getFirst().failing());

    ledger.change(containment.key(), one -> one.failedAt(NOW));

    assertEquals(List.of(), ledger.endedBy(NOW), "it is retried later");
    Instant retry = NOW.plusSeconds(60);
    assertEquals(List.of(containment.failedAt(NOW)), ledger.endedBy(retry));
    ledger.change(containment.key(), one -> one.failedAt(retry));
    Containment twice = ledger.remembered(containment.key()).orElseThrow();
    assertEquals(
        Optional.of(new Containment.Failing(NOW, 2, retry.plusSeconds(120))), twice.failing());
  }

  @Test
  void promise11TheLatestReleaseOfAnObjectIsRemembered() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("isolate-pod", "released");
    assertEquals(Optional.empty(), ledger.lastRelease(key));

    ledger.noteRelease(key, NOW, NOW.plusSeconds(1));
    ledger.noteRelease(key, NOW.plusSeconds(2), NOW.plusSeconds(60));

    assertEquals(
        Optional.of(new Ledger.Release(NOW.plusSeconds(2), NOW.plusSeconds(60))),
        ledger.lastRelease(key));
    assertEquals(Optional.empty(), ledger.lastRelease(new Ledger.Key("isolate-pod", "other")));
    assertEquals(Optional.empty(), ledger.remembered(key));
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise10TheOutcomeOfAReleaseIsKeptUntilTheObjectIsContainedAgain() {
    Ledger ledger = ledger();
    Containment containment = containment("outcome", NOW);
    Settlement outcome =
        new Settlement("a", ResponseOutcome.RELEASED, "open", NOW.plusSeconds(9), Optional.empty());
    ledger.remember(containment);
    assertEquals(Optional.empty(), ledger.remembered(containment.key()).orElseThrow().released());

    ledger.change(containment.key(), one -> one.releasedAs(outcome));

    assertEquals(
        Optional.of(outcome), ledger.remembered(containment.key()).orElseThrow().released());

    ledger.remember(containment);

    assertEquals(Optional.empty(), ledger.remembered(containment.key()).orElseThrow().released());
  }

  @Test
  void aContainmentThatWasDeletedIsNotChanged() {
    Ledger ledger = ledger();
    Containment containment = containment("uid-1", NOW);
    ledger.remember(containment);
    ledger.forget(containment);

    assertEquals(Optional.empty(), ledger.change(containment.key(), one -> one.alertedAt(NOW)));

    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aPersonsUndoIsDueAtOnceAndItsNameAndReasonAreKept() {
    Ledger ledger = ledger();
    Containment containment = containment("uid-1", NOW.plusSeconds(3_600));
    ledger.remember(containment);
    assertEquals(List.of(containment), ledger.live());
    OperatorOrder undo = new OperatorOrder("ann@example.com", "a false positive");

    ledger.change(containment.key(), one -> one.undoneBy(undo, NOW));

    assertEquals(List.of(containment.undoneBy(undo, NOW)), ledger.endedBy(NOW));
  }

  @Test
  void promise10ASweepsTurnIsStoredAndEndsByItselfOrWithThatSweep() {
    Ledger ledger = ledger();
    Containment containment = containment("uid-1", NOW);
    ledger.remember(containment);
    Containment.Turn first = new Containment.Turn(NOW.plusSeconds(150));
    Containment.Turn second = new Containment.Turn(NOW.plusSeconds(160));

    ledger.change(containment.key(), one -> one.inTurn(first));
    Containment held = ledger.remembered(containment.key()).orElseThrow();
    assertTrue(held.isInTurn(NOW.plusSeconds(149)));
    assertFalse(held.isInTurn(NOW.plusSeconds(150)));
    ledger.change(containment.key(), one -> one.inTurn(second));
    assertEquals(
        Optional.of(containment.inTurn(second)),
        ledger.change(containment.key(), one -> one.afterTurn(first)),
        "another sweep's");
    assertEquals(
        Optional.of(containment), ledger.change(containment.key(), one -> one.afterTurn(second)));
    assertEquals(List.of(containment), ledger.endedBy(NOW));
  }

  @Test
  void promise10AContainmentThatIsMadeAgainDuringItsReleaseStaysAndIsDueLater() {
    Ledger ledger = ledger();
    Containment first = containment("uid-1", NOW);
    ledger.remember(first);
    Containment second =
        new Containment(
            first.action(),
            first.uid(),
            first.subject(),
            first.playbook(),
            NOW.plusSeconds(10),
            NOW.plusSeconds(3_600),
            "{}");
    ledger.remember(second);

    ledger.forget(first);

    assertEquals(List.of(second), ledger.endedBy(NOW.plusSeconds(3_600)));
  }

  @Test
  void promise14APersonsUndoThatComesDuringAReleaseIsNotForgotten() {
    Ledger ledger = ledger();
    Containment released = containment("uid-1", NOW);
    ledger.remember(released);
    OperatorOrder undo = new OperatorOrder("ann@example.com", "a false positive");
    ledger.change(released.key(), one -> one.undoneBy(undo, NOW));

    ledger.forget(released);

    List<Containment> due = ledger.endedBy(NOW);
    assertEquals(List.of(released.undoneBy(undo, NOW)), due);
    ledger.forget(due.getFirst());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise5TheEndOfAContainmentFreesItsSettledClaimAndNoHeldOne() {
    Ledger ledger = ledger();
    Containment containment = containment("uid-1", NOW);
    ledger.remember(containment);
    ledger.claim(containment.key(), "a", NOW, HOLD);
    ledger.forget(containment);
    assertInstanceOf(Claim.Held.class, ledger.claim(containment.key(), "b", NOW, HOLD));

    ledger.settle(
        containment.key(),
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty()));
    ledger.remember(containment);
    ledger.forget(containment);
    assertInstanceOf(Claim.Granted.class, ledger.claim(containment.key(), "b", NOW, HOLD));
  }

  @Test
  void aSuspendedClaimExcludesOthersUntilItIsSettled() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    Unverified unverified =
        new Unverified(
            "a",
            "shell",
            NOW,
            NOW.plusSeconds(60),
            new Unverified.Taken(
                NOW.plusMillis(20),
                "taken again: ",
                List.of("deleting/shop/Deployment/web"),
                List.of("isolated/shop/Deployment/web")),
            JsonNodeFactory.instance.objectNode().put("gone", true),
            "{}");
    Ledger.Settlement seen =
        new Ledger.Settlement(
            "a", ResponseOutcome.REQUESTED, "isolated", NOW, Optional.of(NOW.plusSeconds(60)));
    ledger.suspend(key, unverified.endedAs(seen), NOW.plusSeconds(600));
    assertEquals(Optional.of(unverified.endedAs(seen)), ledger.suspended(key));

    ledger.suspend(key, unverified, NOW.plusSeconds(600));

    assertEquals(Optional.of(unverified), ledger.suspended(key));
    ledger.suspend(key, unverified.changedAt(NOW.plusSeconds(2)), NOW.plusSeconds(600));
    assertEquals(Optional.of(unverified.changedAt(NOW.plusSeconds(2))), ledger.suspended(key));
    Unverified read = ledger.suspended(key).orElseThrow();
    Instant end = NOW.plusSeconds(30);
    assertFalse(ledger.beginCheck(key, unverified, end, NOW.plusSeconds(600)), "an older state");
    assertTrue(ledger.beginCheck(key, read, end, NOW.plusSeconds(600)));
    assertFalse(ledger.beginCheck(key, read, end, NOW.plusSeconds(600)), "another has begun");
    assertEquals(Optional.of(read.checkedUntil(end)), ledger.suspended(key));
    assertEquals(
        new Claim.Held("a", NOW.plusSeconds(600)),
        ledger.claim(key, "b", NOW.plusSeconds(599), HOLD));
    assertEquals(Optional.empty(), ledger.settled(key));
    Ledger.Settlement settlement =
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());
    ledger.settle(key, settlement);
    assertEquals(Optional.empty(), ledger.suspended(key));
    assertEquals(Optional.of(settlement), ledger.settled(key));
  }

  @Test
  void anInterruptedAttemptThatLostItsClaimToAnotherAlertHasBegunNothing() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    assertEquals(Optional.of("uid-1"), ledger.begun("a", "delete-pod"));

    ledger.claim(key, "b", NOW.plus(HOLD), HOLD);

    assertEquals(Optional.empty(), ledger.begun("a", "delete-pod"));
    assertEquals(Optional.of("uid-1"), ledger.begun("b", "delete-pod"));
  }

  /** Otherwise the other attempt, if it is killed, has begun nothing, and nothing undoes it. */
  @Test
  void aLateSettlementLeavesTheClaimToTheAlertThatTookItOver() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.claim(key, "b", NOW.plus(HOLD), HOLD);
    Ledger.Settlement late =
        new Ledger.Settlement("a", ResponseOutcome.FAILED, "denied", NOW, Optional.empty());

    ledger.settle(key, late);

    assertEquals(Optional.of(new Ledger.Answer("uid-1", late)), ledger.answered("a", "delete-pod"));
    assertEquals(Optional.empty(), ledger.settled(key));
    assertEquals(Optional.of("uid-1"), ledger.begun("b", "delete-pod"));
    assertEquals(
        new Claim.Held("b", NOW.plus(HOLD).plus(HOLD)),
        ledger.claim(key, "c", NOW.plus(HOLD), HOLD));
  }

  /** Otherwise the taken action is claimed again, and people hear that it failed. */
  @Test
  void aLateSettlementLeavesTheLaterSettlementOfTheAlertThatTookItOver() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.claim(key, "b", NOW.plus(HOLD), HOLD);
    Ledger.Settlement taken =
        new Ledger.Settlement("b", ResponseOutcome.TAKEN, "done", NOW.plus(HOLD), Optional.empty());
    ledger.settle(key, taken);
    Ledger.Settlement late =
        new Ledger.Settlement("a", ResponseOutcome.FAILED, "denied", NOW, Optional.empty());

    ledger.settle(key, late);

    assertEquals(Optional.of(new Ledger.Answer("uid-1", late)), ledger.answered("a", "delete-pod"));
    assertEquals(Optional.of(taken), ledger.settled(key));
    assertEquals(new Claim.Settled(taken), ledger.claim(key, "c", NOW.plus(HOLD), HOLD));
  }

  @Test
  void aLaterSettlementReplacesAnEarlierOne() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.settle(
        key, new Ledger.Settlement("a", ResponseOutcome.FAILED, "denied", NOW, Optional.empty()));
    ledger.claim(key, "b", NOW, HOLD);
    Ledger.Settlement taken =
        new Ledger.Settlement("b", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());

    ledger.settle(key, taken);

    assertEquals(Optional.of(taken), ledger.settled(key));
  }

  @Test
  void aClaimThatAnotherAlertGaveBackIsSettled() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("delete-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    ledger.claim(key, "b", NOW.plus(HOLD), HOLD);
    ledger.withdraw(key, "b");
    Ledger.Settlement late =
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());

    ledger.settle(key, late);

    assertEquals(Optional.of(late), ledger.settled(key));
  }

  @Test
  void promise14NoLateOutcomeReplacesAPersonsReleaseAndNoOtherAlertHasTheClaim() {
    Ledger ledger = ledger();
    Settlement released = settlement("a", ResponseOutcome.RELEASED);
    ledger.claim(KEY, "a", NOW, HOLD);
    ledger.settle(KEY, settlement("a", ResponseOutcome.TAKEN));
    ledger.reopen(KEY, settlement("a", ResponseOutcome.TAKEN));
    ledger.claim(KEY, "b", NOW, HOLD);

    ledger.settle(KEY, released);
    assertEquals(new Claim.Settled(released), ledger.claim(KEY, "c", NOW, HOLD));
    Instant later = NOW.plusSeconds(1);
    for (String alert : List.of("a", "b")) {
      ledger.settle(
          KEY, new Settlement(alert, ResponseOutcome.TAKEN, "late", later, Optional.empty()));
    }

    assertEquals(new Claim.Settled(released), ledger.claim(KEY, "c", NOW, HOLD));
  }

  @Test
  void promise14APersonsReleaseReplacesTheLaterOutcomeOfAnotherAlert() {
    Ledger ledger = ledger();
    Settlement released = settlement("a", ResponseOutcome.RELEASED);
    Instant later = NOW.plusSeconds(1);
    ledger.settle(
        KEY, new Settlement("b", ResponseOutcome.REFUSED, "undone", later, Optional.empty()));

    ledger.settle(KEY, released);

    assertEquals(new Claim.Settled(released), ledger.claim(KEY, "c", later, HOLD));
  }

  @Test
  void promise14TheOrderToUndoAContainmentStandsWhenARetryStoresItAgain() {
    Ledger ledger = ledger();
    Containment first = contained(NOW);
    OperatorOrder order = new OperatorOrder("ann@example.com", "ours");
    ledger.remember(first);
    ledger.change(first.key(), one -> one.undoneBy(order, NOW));
    Instant later = NOW.plusSeconds(5);

    ledger.remember(contained(later));

    Containment stored = ledger.remembered(first.key()).orElseThrow();
    assertEquals(Optional.of(order), stored.undo());
    assertEquals(later, stored.since());
    assertEquals(List.of(stored), ledger.endedBy(later));
  }

  @Test
  void promise10WhatACheckStoresAgainKeepsItsExtendedLeaseAndItsFailedReleases() {
    Ledger ledger = ledger();
    Containment first = contained(NOW);
    Instant end = first.until().plusSeconds(9_000);
    ledger.remember(first);
    ledger.change(first.key(), one -> one.alertedAt(NOW.plusSeconds(3)).failedAt(NOW));
    Containment extended = ledger.change(first.key(), one -> one.extendedTo(end)).orElseThrow();

    ledger.remember(first);

    assertEquals(Optional.of(extended), ledger.remembered(first.key()));
    assertEquals(List.of(), ledger.endedBy(end.minusSeconds(1)));

    ledger.remember(contained(NOW.plusSeconds(60)));

    Containment again = ledger.remembered(first.key()).orElseThrow();
    assertEquals(end, again.until());
    assertEquals(Optional.empty(), again.failing(), "it was contained anew");
  }

  @Test
  void promise14ALateCheckDoesNotSuspendAClaimThatIsSettledOrOfAnotherAlert() {
    Ledger ledger = ledger();
    Unverified late =
        new Unverified(
            "a",
            "shell",
            NOW,
            NOW,
            new Unverified.Taken(NOW, "", List.of(), List.of()),
            JsonNodeFactory.instance.objectNode(),
            "{}");
    Settlement released = settlement("a", ResponseOutcome.RELEASED);
    ledger.claim(KEY, "a", NOW, HOLD);
    ledger.suspend(KEY, late, NOW.plus(HOLD));
    ledger.settle(KEY, released);
    Ledger.Key taken = new Ledger.Key("delete-pod", "uid-2");
    ledger.claim(taken, "b", NOW, HOLD);

    ledger.suspend(KEY, late, NOW.plus(HOLD));
    ledger.suspend(taken, late, NOW.plus(HOLD));

    assertEquals(Optional.empty(), ledger.suspended(KEY));
    assertEquals(new Claim.Settled(released), ledger.claim(KEY, "c", NOW, HOLD));
    assertEquals(Optional.empty(), ledger.suspended(taken));
    assertEquals(new Claim.Held("b", NOW.plus(HOLD)), ledger.claim(taken, "c", NOW, HOLD));
  }

  private static Containment contained(Instant since) {
    return new Containment(
        "isolate-pod",
        "uid-1",
        JsonNodeFactory.instance.objectNode(),
        "shell",
        since,
        since.plusSeconds(3_600),
        "{}");
  }

  @Test
  void promise14TheEndOfAContainmentLeavesAPersonsReleaseSettled() {
    Ledger ledger = ledger();
    Containment containment = contained(NOW);
    Settlement released = settlement("a", ResponseOutcome.RELEASED);
    ledger.remember(containment);
    ledger.settle(containment.key(), released);

    ledger.forget(containment);

    assertEquals(new Claim.Settled(released), ledger.claim(containment.key(), "b", NOW, HOLD));
  }

  @Test
  void aReopenedClaimIsGrantedToAnotherAlert() {
    Ledger ledger = ledger();
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    ledger.claim(key, "a", NOW, HOLD);
    Ledger.Settlement settlement =
        new Ledger.Settlement("a", ResponseOutcome.TAKEN, "done", NOW, Optional.empty());
    ledger.settle(key, settlement);

    ledger.reopen(
        key, new Ledger.Settlement("c", ResponseOutcome.TAKEN, "another", NOW, Optional.empty()));
    assertEquals(new Claim.Settled(settlement), ledger.claim(key, "b", NOW, HOLD));
    ledger.reopen(key, settlement);

    assertInstanceOf(Claim.Granted.class, ledger.claim(key, "b", NOW, HOLD));
  }

  @Test
  void theObjectOfANameIsTheOneClaimedLast() {
    Ledger ledger = ledger();
    assertEquals(Optional.empty(), ledger.claimedByName("delete-pod", "pod shop/db-0"));
    ledger.nameClaim(new Ledger.Key("delete-pod", "uid-1"), "pod shop/db-0", NOW);
    ledger.nameClaim(new Ledger.Key("delete-pod", "uid-2"), "pod shop/db-0", NOW);

    assertEquals(Optional.of("uid-2"), ledger.claimedByName("delete-pod", "pod shop/db-0"));
    assertEquals(Optional.empty(), ledger.claimedByName("isolate-pod", "pod shop/db-0"));
  }

  @Test
  void aBudgetIsNeverOverspentHoweverManySpendAtOnce() throws Exception {
    Ledger ledger = ledger();

    List<Boolean> spent =
        atOnce(8, number -> ledger.spend("web", "spender-" + number, NOW, WINDOW, 3));

    assertEquals(3, spent.stream().filter(took -> took).count());
    assertEquals(3, others(ledger, "web", "another", NOW.minus(WINDOW)));
  }

  @Test
  void theSameSpenderSpendsOnce() {
    Ledger ledger = ledger();

    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 1));
    assertTrue(ledger.spend("web", "one", NOW.plusSeconds(5), WINDOW, 1));
    assertEquals(1, others(ledger, "web", "another", NOW.minus(WINDOW)));
    assertEquals(0, others(ledger, "web", "one", NOW.minus(WINDOW)));
    assertFalse(ledger.spend("web", "two", NOW.plusSeconds(5), WINDOW, 1));
  }

  @Test
  void promise12ASpenderCountsFromItsLatestActionOn() {
    Ledger ledger = ledger();
    Instant latest = NOW.plus(WINDOW).minusSeconds(1);
    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 1));
    assertTrue(ledger.spend("web", "one", latest, WINDOW, 1));
    assertTrue(ledger.spend("web", "one", NOW.plusSeconds(1), WINDOW, 1), "a slow attempt");

    Instant end = latest.plus(WINDOW).minusSeconds(1);

    assertEquals(1, others(ledger, "web", "another", end.minus(WINDOW)));
    assertFalse(ledger.spend("web", "two", end, WINDOW, 1));
    assertTrue(ledger.spend("web", "two", latest.plus(WINDOW), WINDOW, 1));
  }

  @Test
  void aSpenderDoesNotSpendAgainWhatOthersHaveSpentSince() {
    Ledger ledger = ledger();
    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 2));
    assertTrue(ledger.spend("web", "two", NOW, WINDOW, 2));

    assertFalse(ledger.spend("web", "one", NOW, WINDOW, 1));
    assertEquals(2, others(ledger, "web", "another", NOW.minus(WINDOW)));
  }

  @Test
  void theSameSpenderSpendsAgainAfterTheWindow() {
    Ledger ledger = ledger();
    Instant later = NOW.plus(WINDOW).plusSeconds(1);
    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 1));

    assertTrue(ledger.spend("web", "one", later, WINDOW, 1));

    assertFalse(ledger.spend("web", "two", later, WINDOW, 1));
  }

  @Test
  void aBudgetComesBackWithTime() {
    Ledger ledger = ledger();
    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 1));

    assertTrue(ledger.spend("web", "two", NOW.plus(WINDOW).plusSeconds(1), WINDOW, 1));
    assertTrue(ledger.spend("other", "one", NOW, WINDOW, 1), "budgets are apart");
  }

  private static Ledger.Key delete(String uid) {
    return new Ledger.Key("delete-pod", uid);
  }

  private static Ledger.Key isolate(String uid) {
    return new Ledger.Key("isolate-pod", uid);
  }

  @Test
  void aSlotThatIsGivenBackCanBeTakenByAnother() {
    Ledger ledger = ledger();
    assertTrue(ledger.takeSlot("web", delete("one"), NOW, WINDOW, 1));
    ledger.giveBack("web", delete("two"));
    ledger.giveBack("other", delete("one"));
    assertFalse(ledger.takeSlot("web", delete("two"), NOW, WINDOW, 1));

    ledger.giveBack("web", delete("one"));

    assertTrue(ledger.takeSlot("web", delete("two"), NOW, WINDOW, 1));
  }

  /** Otherwise two pods of a workload that may lose one would be missing at once. */
  @Test
  void promise7TwoActionsOnOneObjectShareASlotUntilBothHaveEnded() {
    Ledger ledger = ledger();
    assertTrue(ledger.takeSlot("web", isolate("one"), NOW.plusSeconds(1), WINDOW, 1));
    assertTrue(ledger.takeSlot("web", delete("one"), NOW, WINDOW, 1));
    assertTrue(ledger.takeSlot("web", delete("one"), NOW, WINDOW, 1));
    assertFalse(ledger.takeSlot("web", delete("two"), NOW.plus(WINDOW), WINDOW, 1), "later time");

    ledger.giveBack("web", isolate("one"));
    ledger.giveBack("web", isolate("one"));
    assertFalse(ledger.takeSlot("web", delete("two"), NOW, WINDOW, 1));

    ledger.giveBack("web", delete("one"));
    assertTrue(ledger.takeSlot("web", delete("two"), NOW, WINDOW, 1));
  }

  /** Of an action whose process was killed. */
  @Test
  void aSlotIsFreeAfterItsTime() {
    Ledger ledger = ledger();
    assertTrue(ledger.takeSlot("web", delete("one"), NOW, WINDOW, 1));
    Instant end = NOW.plus(WINDOW);

    assertFalse(ledger.takeSlot("web", delete("two"), end.minusSeconds(1), WINDOW, 1));
    assertTrue(ledger.takeSlot("web", delete("two"), end, WINDOW, 1));
  }

  /** People would read that no action is allowed. */
  @Test
  void slotsAndMarksAreNotListedAsBudgets() {
    Ledger ledger = ledger();
    assertTrue(ledger.takeSlot("web", delete("one"), NOW, WINDOW, 1));
    assertTrue(ledger.mark("postponed/web", "a1", NOW, WINDOW, 1));
    assertTrue(ledger.mark("postponed/web", "a1", NOW, WINDOW, 1));
    assertFalse(ledger.mark("postponed/web", "a2", NOW, WINDOW, 1));
    assertTrue(ledger.isMarked("postponed/web", NOW.minusSeconds(1)));
    assertFalse(ledger.isMarked("postponed/web", NOW));
    assertFalse(ledger.isMarked("web", NOW.minusSeconds(1)));
    assertTrue(ledger.mark("postponed/web", "a2", NOW.plus(WINDOW), WINDOW, 1));

    assertEquals(List.of(), ledger.spent(10));
    assertTrue(ledger.spend("web", "two", NOW, WINDOW, 1), "the limit has the budget's name");
  }

  @Test
  void whatIsSpentIsListedWithItsLimitTheLatestFirst() {
    Ledger ledger = ledger();
    assertEquals(List.of(), ledger.spent(10));
    assertTrue(ledger.spend("web", "one", NOW, WINDOW, 3));
    assertTrue(ledger.spend("db", "one", NOW.plusSeconds(60), Duration.ofHours(1), 5));
    assertTrue(ledger.spend("web", "two", NOW.plusSeconds(120), WINDOW, 3));
    assertTrue(ledger.spend("web", "one", NOW.plusSeconds(180), WINDOW, 3), "counted once");

    SpentBudget web =
        new SpentBudget("web", 3, WINDOW, List.of(NOW.plusSeconds(120), NOW.plusSeconds(180)));
    SpentBudget db = new SpentBudget("db", 5, Duration.ofHours(1), List.of(NOW.plusSeconds(60)));
    assertEquals(List.of(web, db), ledger.spent(10));
    assertEquals(List.of(web), ledger.spent(1));
    assertEquals(2, web.used(NOW.plusSeconds(180)));
    assertEquals(Optional.of(NOW.plusSeconds(120).plus(WINDOW)), web.freeAt(NOW.plusSeconds(180)));
    assertEquals(1, web.used(NOW.plusSeconds(120).plus(WINDOW)));
    assertFalse(web.isUsedUp(NOW.plusSeconds(180)));
  }

  @Test
  void theKillSwitchIsOffUntilSomebodyThrowsIt() {
    Ledger ledger = ledger();
    assertFalse(ledger.halted());

    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH));
    assertTrue(ledger.halted());

    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", Instant.EPOCH));
    assertFalse(ledger.halted());
  }

  @Test
  void promise10AContainmentIsFoundWhenItsLeaseEndsUntilItIsForgotten() {
    Ledger ledger = ledger();
    Containment early = containment("early", NOW.plusSeconds(10));
    Containment late = containment("late", NOW.plusSeconds(20));
    ledger.remember(late);
    ledger.remember(early);

    assertEquals(List.of(), ledger.endedBy(NOW));
    assertEquals(List.of("early"), uids(ledger.endedBy(NOW.plusSeconds(10))));
    assertEquals(List.of("early", "late"), uids(ledger.endedBy(NOW.plusSeconds(20))));
    Containment found = ledger.endedBy(NOW.plusSeconds(20)).get(0);
    assertEquals(early.key(), found.key());
    assertEquals(early.subject(), found.subject());
    assertEquals(early.scoredJson(), found.scoredJson());
    assertEquals(early.playbook(), found.playbook());

    ledger.forget(early);
    assertEquals(List.of("late"), uids(ledger.endedBy(NOW.plusSeconds(20))));
  }

  @Test
  void promise10WhatAnActionWroteDownComesBackAsItWas() {
    Ledger ledger = ledger();
    ObjectNode subject = JsonNodeFactory.instance.objectNode().put("action", "x").put("until", 7);
    subject.putArray("interfaces").addObject().put("id", "a/b").putArray("groups").add("g");
    for (String action : List.of("one-thing", "other-thing")) {
      Containment containment =
          new Containment(action, "acc/region/id", subject, "playbook", NOW, NOW, "{}");
      ledger.remember(containment);

      assertEquals(Optional.of(containment), ledger.remembered(containment.key()));
    }
    assertEquals(2, ledger.endedBy(NOW).size(), "two actions on one object are two containments");
    Ledger.Key key = new Ledger.Key("one-thing", "acc/region/id");
    ledger.forget(ledger.remembered(key).orElseThrow());
    assertEquals(Optional.empty(), ledger.remembered(key));
    assertEquals(1, ledger.endedBy(NOW).size());
  }

  @Test
  void whatWasReleasedMayBeContainedAnew() {
    Ledger ledger = ledger();
    Containment containment = containment("again", NOW);
    Ledger.Key key = containment.key();
    ledger.claim(key, "first", NOW, HOLD);
    ledger.remember(containment);
    ledger.settle(key, settlement("first", ResponseOutcome.TAKEN));
    assertInstanceOf(Claim.Settled.class, ledger.claim(key, "second", NOW, HOLD));

    ledger.forget(containment);

    assertEquals(new Claim.Granted(false), ledger.claim(key, "second", NOW, HOLD));
  }

  private static List<String> uids(List<Containment> containments) {
    return containments.stream().map(Containment::uid).toList();
  }

  private static Containment containment(String uid, Instant until) {
    ObjectNode subject = JsonNodeFactory.instance.objectNode().put("name", uid);
    return new Containment("isolate-pod", uid, subject, "playbook", NOW, until, "{\"a\":1}");
  }

  private interface Numbered<T> {
    T run(int number);
  }

  private static <T> List<T> atOnce(int threads, Numbered<T> task)
      throws InterruptedException, ExecutionException {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Callable<T>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        tasks.add(() -> task.run(number));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : executor.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    }
  }

  private static Approval question(String id, String uid, Instant at) {
    return new Approval(
        id,
        new Ledger.Key("isolate-pod", uid),
        "pod shop/web-1",
        "shell",
        "alert-of-" + id,
        at,
        at.plusSeconds(1_800),
        true,
        List.of("kill switch"),
        Approval.State.WAITING,
        Optional.empty(),
        false,
        "{}");
  }

  private static final Approval.Decision YES =
      new Approval.Decision("c1", "ann", "it is not ours", NOW);

  @Test
  void perObjectOneQuestionIsOpenAndTheSameOneIsNotAskedTwice() {
    Approvals approvals = ledger().approvals();
    Approval first = question("isolate-pod/1", "uid-1", NOW);
    assertEquals(List.of(), approvals.open());
    assertEquals(Optional.empty(), approvals.named("isolate-pod/1"));
    assertEquals(Optional.empty(), approvals.change("isolate-pod/1", Approval::over));

    assertEquals(first, approvals.ask(first));
    assertEquals(first, approvals.ask(question("isolate-pod/2", "uid-1", NOW)));
    Approval other = question("isolate-pod/3", "uid-2", NOW.plusSeconds(1));
    assertEquals(other, approvals.ask(other));
    assertEquals(List.of(first, other), approvals.open());
    assertEquals(Optional.of(first), approvals.named("isolate-pod/1"));
    assertEquals(Optional.empty(), approvals.named("isolate-pod/2"));
    assertEquals(Optional.of(first), approvals.about(first.key()));

    Approval over = approvals.change("isolate-pod/1", Approval::over).orElseThrow();
    assertEquals(over, approvals.ask(first), "what has ended is not opened again");
    assertEquals(List.of(other), approvals.open());
    Approval next = question("isolate-pod/4", "uid-1", NOW.plusSeconds(2));
    assertEquals(next, approvals.ask(next));
    assertEquals(Optional.empty(), approvals.named("isolate-pod/1"), "replaced");
    assertEquals(List.of(other, next), approvals.open());
  }

  @Test
  void aQuestionIsDecidedOnceByWhoeverComesFirst() throws Exception {
    Approvals approvals = ledger().approvals();
    approvals.ask(question("isolate-pod/1", "uid-1", NOW));

    List<Optional<Approval>> decided =
        atOnce(
            8,
            number ->
                approvals.change(
                    "isolate-pod/1",
                    one ->
                        one.decided(
                            Approval.State.APPROVED,
                            new Approval.Decision("c" + number, "ann", "why", NOW))));

    assertEquals(1, decided.stream().map(Optional::orElseThrow).distinct().count());
    Approval stored = approvals.named("isolate-pod/1").orElseThrow();
    assertEquals(Approval.State.APPROVED, stored.state());
    assertEquals(stored, stored.decided(Approval.State.REJECTED, YES), "a decision stays");
    assertEquals(List.of(stored), approvals.open(), "open until people know the result");
    assertEquals(Optional.of(stored.over()), approvals.change("isolate-pod/1", Approval::over));
    assertEquals(List.of(), approvals.open());
  }
}
