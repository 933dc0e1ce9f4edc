package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What alerts, checks and people do while an object is being released, and right after it. */
final class DuringReleaseTest {
  private static final Ledger.Key KEY = new Ledger.Key("lock-box", "b1");
  private static final OperatorOrder ANN = new OperatorOrder("ann@example.com", "ours");

  private final Vault vault = new Vault();
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final List<ResponseDecided> told = new ArrayList<>();
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Messages messages = new Messages(() -> now);
  private final Responder responder = responder(Mode.ENFORCE, ledger);

  private Responder responder(Mode mode, Ledger over) {
    return responder(mode, true, over);
  }

  private Responder responder(Mode mode, boolean repeatsChanges, Ledger over) {
    LockBox step = new LockBox(Duration.ofHours(1), repeatsChanges);
    return Boxes.responder(Boxes.playbook(mode, step), vault, over, () -> now, messages);
  }

  private ScoredAlert alert(String id) {
    return Boxes.about(id, "b1", now);
  }

  private void respond(String id) {
    boolean unused = responder.respond(alert(id), now, false, told::add);
  }

  /** Delivers what the responder sent to itself. */
  private void pass(Duration time) {
    pass(time, responder);
  }

  private void pass(Duration time, Responder to) {
    Instant end = now.plus(time);
    while (!messages.nextDue().isAfter(end)) {
      now = messages.nextDue().isAfter(now) ? messages.nextDue() : now;
      messages.deliver(to, told::add);
    }
    now = end;
  }

  /** Sweeps every eleven seconds, and delivers what the responder sent to itself. */
  private void releaseFor(Duration time, Responder to) {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      pass(Duration.ofSeconds(11), to);
      to.releaseEnded(now, told::add);
    }
  }

  /** A ledger in which something happens before the first calls of that name. */
  private Ledger before(String call, Runnable... meanwhile) {
    List<Runnable> left = new ArrayList<>(List.of(meanwhile));
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals(call) && !left.isEmpty()) {
                left.removeFirst().run();
              }
              try {
                return method.invoke(ledger, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** The sweep releases, and its report cannot be published. */
  private void releaseUntold() {
    assertThrows(
        IllegalStateException.class,
        () ->
            responder.releaseEnded(
                now,
                decided -> {
                  throw new IllegalStateException("PutEvents failed for a response");
                }));
    assertEquals(Set.of(), vault.locked);
  }

  private List<ResponseOutcome> outcomes() {
    return told.stream().map(ResponseDecided::outcome).toList();
  }

  /** The lease of what is open already would be told as extended. */
  @Test
  void promise14ALeaseIsNotExtendedAfterTheRelease() {
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    releaseUntold();
    Operations operations = new Operations(Map.of("", ledger));

    assertThrows(
        IllegalArgumentException.class,
        () -> operations.extend("lock-box/b1", Duration.ofHours(4), now));
    responder.releaseEnded(now, told::add);

    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.RELEASED), outcomes());
  }

  /** The stored outcome of the release would hide the change of the check for ever. */
  @Test
  void promise10NoChangeIsRepeatedAfterAReleaseThatIsNotReported() {
    vault.slow = 1;
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    releaseUntold();
    ledger.change(KEY, one -> one.extendedTo(now.plus(Duration.ofHours(1))));
    vault.relock = Optional.of(() -> {});
    messages.deliver(responder, told::add);
    vault.relock = Optional.empty();
    pass(Duration.ofHours(2));
    responder.releaseEnded(now, told::add);
    pass(Duration.ofMinutes(1));

    assertEquals(Set.of(), vault.locked);
    assertEquals(List.of(), ledger.live());
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes());
    assertEquals(0, messages.waiting());
  }

  @Test
  void promise11WhatWasReleasedIsNotToldAsUndoneBySomethingElse() {
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    releaseUntold();

    respond("a2");

    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.TAKEN), outcomes());
    assertFalse(
        told.getLast().explanation().contains("undone outside Cattleguard"),
        told.getLast().explanation());
  }

  /** The alert found the box locked, and it was opened a moment later. */
  @Test
  void promise3AnAlertThatComesDuringTheReleaseIsAnsweredAfterIt() {
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    responder(Mode.ENFORCE, before("halted", () -> respond("a2"))).releaseEnded(now, told::add);
    pass(Duration.ofMinutes(1));

    assertEquals(
        List.of(ResponseOutcome.TAKEN, ResponseOutcome.RELEASED, ResponseOutcome.TAKEN),
        outcomes());
    assertEquals(Set.of("b1"), vault.locked);
  }

  /** The release would open the box that was locked again a moment before. */
  @Test
  void promise10NothingIsContainedAgainDuringTheRelease() {
    vault.partly = true;
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    responder(Mode.ENFORCE, before("halted", () -> respond("a2"))).releaseEnded(now, told::add);
    pass(Duration.ofMinutes(1));

    assertEquals(
        List.of(ResponseOutcome.FAILED, ResponseOutcome.RELEASED, ResponseOutcome.FAILED),
        outcomes());
    assertEquals(Set.of("b1"), vault.locked);
    assertTrue(ledger.remembered(KEY).isPresent());
  }

  /** The claim of an action whose check came after the release is free. */
  @Test
  void promise3PeopleAreAskedAtOnceAfterAReleaseThatACheckHasMissed() {
    vault.slow = 1;
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    responder.releaseEnded(now, told::add);
    pass(Duration.ofMinutes(5));
    assertEquals(0, messages.waiting());
    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes());
    told.clear();

    boolean unused = responder(Mode.APPROVE, ledger).respond(alert("a2"), now, false, told::add);

    assertEquals(List.of(ResponseOutcome.AWAITING_APPROVAL), outcomes());
  }

  /** The report of the release came before the person's order. */
  @Test
  void promise14APersonsUndoOfWhatWasReleasedIsToldWithTheirName() {
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    releaseUntold();
    ledger.change(KEY, one -> one.undoneBy(ANN, now));
    responder.releaseEnded(now, told::add);

    String said = told.getLast().explanation();
    assertTrue(said.contains("ann@example.com"), said);
    assertTrue(
        ledger.settled(KEY).orElseThrow().explanation().contains("ann@example.com"),
        ledger.settled(KEY).toString());
  }

  @Test
  void promise11ACheckThatEndsAfterTheEndOfTheLeaseTellsNothing() {
    vault.slow = 1;
    respond("a1");
    now = now.plus(Duration.ofMinutes(59)).plusSeconds(59);
    Ledger late =
        before(
            "suspended",
            () -> {},
            () -> {
              now = now.plusSeconds(1);
              responder.releaseEnded(now, told::add);
            });
    vault.slow = 0;
    messages.deliver(responder(Mode.ENFORCE, late), told::add);
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes());
    assertEquals(Optional.empty(), ledger.settled(KEY));
  }

  /**
   * A change of the last check may not show yet, and a release that does not see it undoes nothing.
   */
  @Test
  void promise10AReleaseWaitsForTheChangeOfACheckThatGaveUp() {
    vault.slow = 1_000;
    vault.leasesUnseen = true;
    respond("a1");
    pass(Duration.ofSeconds(50));
    vault.relock = Optional.of(() -> {});
    pass(Duration.ofSeconds(30));
    assertEquals(List.of(ResponseOutcome.FAILED), outcomes());
    Instant changed = told.getFirst().decidedAt();
    ledger.change(KEY, one -> one.undoneBy(ANN, now));

    now = changed.plusSeconds(59);
    assertEquals(List.of(), responder.releaseEnded(now));
    now = changed.plusSeconds(61);
    assertEquals(1, responder.releaseEnded(now).size());
  }

  /** The effect of its change shows a moment later. */
  @Test
  void promise11TheFirstCheckAfterTheKillSwitchDoesNotGiveUp() {
    vault.slow = 1;
    vault.leasesUnseen = true;
    respond("a1");
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", now));
    pass(Duration.ofMinutes(20));
    ledger.halt(new Ledger.Halt(false, "ann@example.com", "a test", now));
    vault.relock = Optional.of(() -> vault.slow = 0);
    now = messages.nextDue();
    messages.deliver(responder, told::add);
    vault.relock = Optional.empty();
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
  }

  /** The turn of a sweep is counted from its release, not from the start of the sweep. */
  @Test
  void promise10NothingIsContainedAgainDuringTheReleaseOfALongSweep() {
    vault.partly = true;
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    Instant start = now;
    now = now.plusSeconds(200);
    responder(Mode.ENFORCE, before("halted", () -> respond("a2"))).releaseEnded(start, told::add);
    pass(Duration.ofMinutes(1));

    assertEquals(
        List.of(ResponseOutcome.FAILED, ResponseOutcome.RELEASED, ResponseOutcome.FAILED),
        outcomes());
    assertEquals(Set.of("b1"), vault.locked);
  }

  /** No check will tell any more what became of the action. */
  @Test
  void promise3AnAlertAboutWhatIsGoneIsAnsweredAfterAReleaseThatACheckHasMissed() {
    vault.slow = 1;
    respond("a1");
    now = now.plus(Duration.ofHours(1));
    responder.releaseEnded(now, told::add);
    pass(Duration.ofMinutes(5));
    told.clear();
    vault.boxes.clear();

    respond("a2");

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes());
  }

  /**
   * The vault still shows what the release has ended. A check would also store what it sees as the
   * state that the release reads.
   */
  @ParameterizedTest(name = "checks may lock again: {0}")
  @ValueSource(booleans = {true, false})
  void promise11ACheckOfWhatIsBeingReleasedTellsNothing(boolean repeats) {
    Responder one = responder(Mode.ENFORCE, repeats, ledger);
    vault.slow = 1;
    boolean unused = one.respond(alert("a1"), now, false, told::add);
    now = now.plus(Duration.ofMinutes(2));
    ledger.change(KEY, containment -> containment.undoneBy(ANN, now));
    vault.unseen = 1;
    assertEquals(List.of(), one.releaseEnded(now));
    assertEquals(0, vault.unseen);

    vault.calls.clear();
    messages.deliver(one, told::add);
    assertEquals(List.of(), told);
    assertEquals(List.of(), vault.calls);
    releaseFor(Duration.ofMinutes(2), one);

    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes());
    assertEquals(0, messages.waiting());
  }

  @ParameterizedTest(name = "checks may lock again: {0}")
  @ValueSource(booleans = {true, false})
  void promise11AnEffectWhoseReleaseBeginsBeforeItIsToldIsNotTold(boolean repeats) {
    Responder one = responder(Mode.ENFORCE, repeats, ledger);
    vault.slow = 1;
    boolean unused = one.respond(alert("a1"), now, false, told::add);
    Runnable release =
        () -> {
          ledger.change(KEY, containment -> containment.undoneBy(ANN, now));
          vault.unseen = 1;
          assertEquals(List.of(), one.releaseEnded(now));
          assertEquals(0, vault.unseen);
        };
    now = now.plus(Duration.ofMinutes(2));
    messages.deliver(
        responder(Mode.ENFORCE, repeats, before("suspended", () -> {}, release)), told::add);
    assertEquals(List.of(), told);

    releaseFor(Duration.ofMinutes(2), one);

    assertEquals(List.of(ResponseOutcome.RELEASED), outcomes());
    assertEquals(0, messages.waiting());
  }

  /** The vault shows the state before that release. */
  @Test
  void promise11AnEffectIsNotToldRightAfterTheReleaseOfTheSameEffect() {
    Responder one = responder(Mode.ENFORCE, false, ledger);
    vault.boxes.add("b1@left");
    vault.slow = 1;
    ScoredAlert alert = Boxes.about("a1", "b1@left", now);
    boolean unused = one.respond(alert, now, false, told::add);
    now = now.plus(Duration.ofMinutes(2));
    ledger.noteRelease(new Ledger.Key("lock-box", "b1"), now, now);

    messages.deliver(one, told::add);
    assertEquals(List.of(), told);
    pass(Duration.ofMinutes(1), one);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
  }

  @Test
  void promise10AReleaseIsNotedForAllContainmentsWithTheSameEffect() {
    vault.boxes.add("b1@left");
    boolean unused = responder.respond(Boxes.about("a1", "b1@left", now), now, false, told::add);
    now = now.plus(Duration.ofHours(1));
    responder.releaseEnded(now, told::add);

    assertEquals(
        Optional.of(now),
        ledger.lastRelease(new Ledger.Key("lock-box", "b1")).map(Ledger.Release::at));
  }
}
