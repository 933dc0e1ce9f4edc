package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.ApprovalRules;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.StoredLedger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests approvals: what people are asked, and the effect of their answers. */
final class ApprovalTest {
  private static final Actions ACTIONS =
      Actions.of(
          List.of(
              "lock-box = io.cattleguard.respond.LockBox",
              "burn-box = io.cattleguard.respond.BurnBox",
              "other-box = io.cattleguard.respond.another.OtherBox",
              "isolate-pod = io.cattleguard.respond.another.IsolatePod"));
  private static final String ID = "lock-box/";

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Vault vault = new Vault();
  private final Ledger ledger = new InMemoryLedger();
  private final Messages messages = new Messages(() -> now);
  private final List<ResponseDecided> told = new ArrayList<>();
  private Mode mode = Mode.APPROVE;
  private Budget budget = Budget.DEFAULT;
  private ApprovalRules rules = ApprovalRules.DEFAULT;
  private Operators operators = Operators.DEFAULT;
  private Responder responder = responder();

  private Responder responder() {
    return responder(ledger);
  }

  private Responder responder(Ledger over) {
    return new Responder(
        playbooks(), Places.of(Vault.class, vault), over, settings(), () -> now, messages);
  }

  private static ResponderSettings settings() {
    return ResponderSettings.DEFAULT;
  }

  private Playbooks playbooks() {
    Limits limits = Limits.DEFAULT;
    return new Playbooks(
        List.of(
            new Playbook(
                "test",
                Boxes.pattern(),
                mode,
                Duration.ofMinutes(10),
                List.of(new LockBox()),
                budget,
                Optional.empty(),
                rules)),
        ACTIONS,
        new Limits(
            limits.protectedNamespaces(),
            limits.hourly(),
            limits.repeatOffender(),
            limits.circuitBreaker(),
            limits.networkPolicy(),
            operators));
  }

  private static ScoredAlert about(String id, String box) {
    return about(id, box, TestAlerts.AT);
  }

  private static ScoredAlert about(String id, String box, Instant at) {
    return Boxes.about(id, box, at);
  }

  private ResponseDecided asked(String alert, String box) {
    return responder.respond(about(alert, box), now, false).getFirst();
  }

  private OperatorCommand command(OperatorCommand.Verb verb, String approval, String who) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who(who, Optional.empty()),
        "it is not ours",
        now,
        Optional.empty(),
        OperatorCommand.About.approval(approval));
  }

  private Optional<String> approve(ResponseDecided asked) {
    return give(OperatorCommand.Verb.APPROVE, asked, "unix:on-call");
  }

  private Optional<String> give(OperatorCommand.Verb verb, ResponseDecided asked, String who) {
    return responder.command(command(verb, question(asked).id(), who), now, told::add);
  }

  private static ResponseDecided.Approval question(ResponseDecided decided) {
    return Objects.requireNonNull(decided.approval(), decided::toString);
  }

  private long taken() {
    return vault.calls.stream().filter("take"::equals).count();
  }

  /** Delivers what the responder sent to itself, and the timer, for so long. */
  private void pass(Duration time) {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      now = now.plusSeconds(1);
      messages.deliver(responder, told::add);
      responder.releaseEnded(now, told::add);
    }
  }

  private List<ResponseOutcome> outcomes() {
    return told.stream().map(ResponseDecided::outcome).toList();
  }

  @Test
  void promise10PeopleAreAskedAgainAboutWhatIsBeingReleased() {
    approve(asked("a1", "b1"));
    pass(Duration.ofSeconds(10));
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.change(key, one -> one.acceptedAt(now));

    assertEquals(List.of(), responder.respond(about("a2", "b1", now), now, false));
    vault.locked.clear();
    ledger.forget(ledger.remembered(key).orElseThrow());
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.AWAITING_APPROVAL), outcomes());
  }

  @Test
  void promise14NothingIsDoneBeforeAPersonApprovesAndThenOnceOnThatObject() {
    ResponseDecided asked = asked("a1", "b1");

    assertEquals(ResponseOutcome.AWAITING_APPROVAL, asked.outcome());
    assertEquals("box b1", asked.target());
    assertTrue(question(asked).id().startsWith(ID), question(asked).id());
    assertEquals(now.plus(Duration.ofMinutes(30)), question(asked).until());
    assertTrue(question(asked).guards().containsAll(List.of("kill switch", "box exists")));
    pass(Duration.ofMinutes(5));
    assertEquals(0, taken());

    assertEquals(Optional.empty(), approve(asked));
    pass(Duration.ofSeconds(10));

    assertEquals(List.of("b1"), List.copyOf(vault.locked));
    assertEquals(1, taken());
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertEquals(
        "approved by unix:on-call (it is not ours): locked", told.getFirst().explanation());
    assertEquals("unix:on-call", question(told.getFirst()).by());
    assertEquals(
        "approved by unix:on-call (it is not ours): locked",
        ledger.answered("a1", "lock-box").orElseThrow().settlement().explanation(),
        "the ledger says who approved");
  }

  @Test
  void promise14APersonsApprovalOverrulesTheLimitOfRetakes() {
    for (String alert : List.of("a1", "a2", "a3", "a4")) {
      approve(asked(alert, "b1"));
      pass(Duration.ofSeconds(10));
      assertEquals(Set.of("b1"), vault.locked, alert);
      vault.locked.clear();
    }

    assertEquals(4, outcomes().stream().filter(ResponseOutcome.TAKEN::equals).count());
  }

  /** The question cannot be found without the object, or another alert has replaced it. */
  @Test
  void promise3ARedeliveredAlertWhoseActionWasApprovedIsNotToldAsNotTaken() {
    approve(asked("a1", "b1"));
    pass(Duration.ofSeconds(10));
    vault.away = true;

    List<ResponseDecided> again = responder.respond(about("a1", "b1"), now, false);

    assertEquals(
        List.of(ResponseOutcome.TAKEN), again.stream().map(ResponseDecided::outcome).toList());
    vault.away = false;
    pass(Duration.ofMinutes(1));
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
  }

  /** A redelivered alert is answered by what is stored. */
  @Test
  void promise14TheStoredOutcomeOfAnInterruptedAttemptSaysWhoApproved() {
    ResponseDecided asked = asked("a1", "b1");
    vault.unanswered = 1;
    vault.worksUnanswered = true;
    approve(asked);
    pass(Duration.ofMinutes(5));

    String outcome = ledger.answered("a1", "lock-box").orElseThrow().settlement().explanation();
    assertEquals("approved by unix:on-call (it is not ours): locked, and interrupted", outcome);
    assertEquals(outcome, told.getLast().explanation());
  }

  @Test
  void whoApprovedHearsThatNothingWasLeftToDo() {
    ResponseDecided asked = asked("a1", "b1");
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.claim(key, "a0", now, Duration.ofMinutes(1));
    ledger.settle(
        key, new Ledger.Settlement("a0", ResponseOutcome.TAKEN, "locked", now, Optional.empty()));
    vault.locked.add("b1");

    approve(asked);
    pass(Duration.ofSeconds(10));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertTrue(
        told.getFirst().explanation().contains("it is in effect already: locked"),
        told.getFirst().explanation());
    assertEquals(0, taken());
  }

  @Test
  void whoApprovedIsAlsoInAnOutcomeThatIsVerifiedLater() {
    ResponseDecided asked = asked("a1", "b1");
    vault.slow = 3;

    approve(asked);
    assertEquals(List.of(), told);
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertTrue(told.getFirst().explanation().startsWith("approved by unix:on-call"));
    assertEquals(1, taken());
  }

  /** People would be asked about what they have approved a moment ago. */
  @Test
  void promise13AnAlertAboutAnActionThatIsBeingVerifiedIsNotAskedAbout() {
    ResponseDecided asked = asked("a1", "b1");
    vault.slow = 3;
    approve(asked);
    now = now.plusSeconds(1);

    assertEquals(List.of(), responder.respond(about("a2", "b1", now), now, false));
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertEquals(1, taken());
  }

  @Test
  void aLateAnswerToWhatIsBeingVerifiedIsNotReportedAsRefused() {
    ResponseDecided asked = asked("a1", "b1");
    vault.slow = 3;
    approve(asked);
    now = now.plusSeconds(1);

    approve(asked);

    assertEquals(List.of(ResponseOutcome.REQUESTED), outcomes());
    assertTrue(told.getFirst().explanation().contains("changed nothing: it was decided before"));
    pass(Duration.ofMinutes(1));
    assertEquals(ResponseOutcome.TAKEN, outcomes().getLast());
  }

  @Test
  void promise4AQuestionThatWasStoredAndNotPublishedIsPublishedByALateRedelivery() {
    Optional<String> id = Optional.of(question(asked("a1", "b1")).id());
    now = now.plus(Duration.ofMinutes(20));

    ResponseDecided late = asked("a1", "b1");

    assertEquals(ResponseOutcome.AWAITING_APPROVAL, late.outcome());
    assertEquals(id, Optional.of(question(late).id()));
  }

  @Test
  void theAgeOfTheAlertDoesNotRefuseWhatAPersonApprovedInTime() {
    ResponseDecided asked = asked("a1", "b1");
    pass(Duration.ofMinutes(29));

    approve(asked);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
  }

  @Test
  void whatWasApprovedGoesStaleLikeAnAlert() {
    ResponseDecided asked = asked("a1", "b1");
    vault.away = true;
    approve(asked);
    // No sweep comes for longer than the playbook's freshness.
    now = now.plus(Duration.ofMinutes(11));
    vault.away = false;

    pass(Duration.ofSeconds(5));

    assertEquals(0, taken());
    assertEquals(ResponseOutcome.REFUSED, told.getLast().outcome());
    assertTrue(told.getLast().explanation().contains("freshness limit"));
  }

  @Test
  void promise13AnAlertThatCameWhileAnApprovalWasCarriedOutIsAskedAboutIfThatDoesNothing() {
    ResponseDecided asked = asked("a1", "b1");
    vault.away = true;
    approve(asked);
    now = now.plus(Duration.ofMinutes(11));
    vault.away = false;

    assertEquals(List.of(), responder.respond(about("a2", "b1", now), now, false));
    pass(Duration.ofMinutes(1));

    assertEquals(
        List.of(
            ResponseOutcome.REFUSED, ResponseOutcome.REFUSED, ResponseOutcome.AWAITING_APPROVAL),
        outcomes(),
        "postponed, too late, asked anew");
    assertEquals("a2", told.getLast().scored().alert().id());
    approve(told.getLast());
    assertEquals(1, taken());
  }

  @Test
  void promise13AnAlertThatCameWhileAnApprovalWasCarriedOutIsAnsweredByIt() {
    ResponseDecided asked = asked("a1", "b1");
    vault.away = true;
    approve(asked);
    vault.away = false;

    assertEquals(List.of(), responder.respond(about("a2", "b1", now), now, false));
    pass(Duration.ofMinutes(1));

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes().stream().skip(1).toList());
    assertEquals(1, taken());
  }

  @Test
  void aPersonsNoEndsIt() {
    ResponseDecided asked = asked("a1", "b1");

    assertEquals(Optional.empty(), give(OperatorCommand.Verb.REJECT, asked, "unix:on-call"));
    Optional<String> late = approve(asked);
    pass(Duration.ofHours(1));

    assertEquals(0, taken());
    assertEquals(List.of(ResponseOutcome.REFUSED, ResponseOutcome.REFUSED), outcomes());
    assertEquals(
        "rejected by unix:on-call (it is not ours): no action taken",
        told.getFirst().explanation());
    assertTrue(late.orElseThrow().startsWith("it was decided before: rejected by unix:on-call"));
    told.forEach(one -> assertEquals(ResponseDecided.Effect.CONTAINS, one.stated()));
  }

  @Test
  void aQuestionExpiresAndByDefaultNothingIsDone() {
    ResponseDecided asked = asked("a1", "b1");
    pass(Duration.ofMinutes(31));

    assertEquals(0, taken());
    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes());
    assertTrue(
        told.getFirst().explanation().startsWith("expired, no action taken: nobody decided"),
        told.getFirst().explanation());
    assertTrue(approve(asked).orElseThrow().contains("expired"));
    assertEquals(0, taken());
  }

  @Test
  void aYesAfterTheExpiryIsTooLateAlsoBeforeTheTimerComes() {
    ResponseDecided asked = asked("a1", "b1");
    now = question(asked).until().plusMillis(1);

    assertTrue(approve(asked).orElseThrow().startsWith("it expired at"));

    assertEquals(0, taken());
    assertEquals(List.of(ResponseOutcome.AWAITING_APPROVAL), outcomes());
  }

  @Test
  void aPlaybookMayActIfNobodyDecides() {
    rules = new ApprovalRules(Duration.ofMinutes(2), true, List.of());
    responder = responder();
    ResponseDecided asked = asked("a1", "b1");
    assertTrue(asked.explanation().contains("then the action is taken"), asked.explanation());

    pass(Duration.ofMinutes(3));

    assertEquals(1, taken());
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertTrue(told.getFirst().explanation().startsWith("approved by the playbook's default"));
  }

  @Test
  void aNoHoldsAlsoAgainstADefaultThatActs() {
    rules = new ApprovalRules(Duration.ofMinutes(2), true, List.of());
    responder = responder();
    give(OperatorCommand.Verb.REJECT, asked("a1", "b1"), "unix:on-call");

    pass(Duration.ofMinutes(3));

    assertEquals(0, taken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kill switch", "gone", "replaced", "budget", "observes", "playbook"})
  void allGuardsAreAskedAgain(String what) {
    budget = new Budget(Budget.Per.WORKLOAD, 1, Duration.ofHours(1));
    responder = responder();
    ResponseDecided asked = asked("a1", "b1");
    switch (what) {
      case "kill switch" -> ledger.halt(new Ledger.Halt(true, "ann", "drill", now));
      case "gone" -> vault.boxes.remove("b1");
      case "replaced" -> vault.replaced.put("b1", "another-uid");
      case "budget" -> {
        // The playbook's budget is spent on another object of the same kind.
        for (String other : List.of("x1", "x2", "x3", "x4", "x5", "x6")) {
          spend(other, limit -> limit.name().contains("budget"));
        }
      }
      case "observes" -> {
        mode = Mode.OBSERVE;
        responder = responder();
      }
      default ->
          responder =
              new Responder(
                  new Playbooks(List.of(), ACTIONS),
                  Places.of(Vault.class, vault),
                  ledger,
                  settings(),
                  () -> now,
                  messages);
    }

    approve(asked);
    pass(Duration.ofMinutes(12));

    assertEquals(0, taken(), what);
    assertEquals(ResponseOutcome.REFUSED, told.getLast().outcome(), told.toString());
    assertTrue(
        told.getLast().explanation().startsWith("approved by unix:on-call"),
        told.getLast().explanation());
    assertEquals(List.of(), ledger.approvals().open());
  }

  private void spend(String spender, Predicate<Allowance.Limit> which) {
    List<Allowance> unused =
        Allowance.of(
            playbooks().all().getFirst(),
            new LockBox(),
            playbooks().limits(),
            Optional.of(new LockBox.Named("b1")),
            limits -> {
              for (Allowance.Limit limit : limits) {
                if (which.test(limit)) {
                  assertTrue(ledger.spend(limit.key(), spender, now, Duration.ofHours(1), 1_000));
                }
              }
              return Map.of();
            });
  }

  @Test
  void aGuardThatPassesIsAskedAgainAndTheActionFollows() {
    ResponseDecided asked = asked("a1", "b1");
    vault.away = true;
    approve(asked);
    assertEquals(0, taken());
    pass(Duration.ofSeconds(20));
    vault.away = false;

    pass(Duration.ofSeconds(20));

    assertEquals(1, taken());
    assertEquals(ResponseOutcome.TAKEN, told.getLast().outcome());
  }

  @Test
  void promise12WhatWaitsForAPlaceIsTakenByTheLastSweepWhileTheApprovalIsFresh() {
    vault.limits.add(new ConcurrencyLimit("locking", 1, Duration.ofHours(1)).yielding());
    ledger.takeSlot("locking", new Ledger.Key("lock-box", "b3"), now, Duration.ofHours(1), 1);
    approve(asked("a1", "b1"));
    now = now.plusSeconds(25);

    for (int minute = 0; minute < 12; minute++) {
      responder.releaseEnded(now, told::add);
      now = now.plusSeconds(60);
    }
    messages.deliver(responder, told::add);

    assertEquals(ResponseOutcome.TAKEN, outcomes().getLast(), told.getLast().explanation());
    assertTrue(told.getLast().explanation().contains("no longer waiting for a slot"));
  }

  /** A ledger with an event that happens before a call of one of its methods. */
  private Ledger before(String method, Runnable meanwhile) {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                meanwhile.run();
              }
              return called.invoke(ledger, arguments);
            });
  }

  @Test
  void peopleHearOnceThatWhatTheyApprovedIsPostponed() {
    vault.limits.add(new ConcurrencyLimit("locking", 1, Duration.ofHours(1)));
    ledger.takeSlot("locking", new Ledger.Key("lock-box", "b3"), now, Duration.ofHours(1), 1);
    approve(asked("a1", "b1"));
    pass(Duration.ofMinutes(2));

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes());
    assertTrue(told.getFirst().explanation().contains("no action taken yet, retrying until"));
  }

  @Test
  void promise14WhatAnotherHandlerReportedAsRefusedIsNotTaken() {
    ResponseDecided asked = asked("a1", "b1");
    responder =
        responder(
            before(
                "spend",
                () -> {
                  Optional<Approval> unused =
                      ledger.approvals().change(question(asked).id(), Approval::over);
                }));

    approve(asked);

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes());
    assertEquals(0, taken());
  }

  @Test
  void aRedeliveredAlertIsNotPostponedOnceItsQuestionIsAnswered() {
    approve(asked("a1", "b1"));
    responder =
        responder(
            before(
                "spentByOthers",
                () -> {
                  throw new Unavailable("throttled");
                }));

    assertEquals(List.of(), responder.respond(about("a1", "b1"), now, false));
  }

  @Test
  void nothingStrongerIsTakenThanWhatWasApproved() {
    ResponseDecided asked = asked("a1", "b1");
    // Three others of the workload make it a repeat offender; burn-box would be stronger.
    for (String other : List.of("x1", "x2", "x3")) {
      spend(other, limit -> limit.kind() == Objection.Kind.ESCALATES);
    }

    approve(asked);
    pass(Duration.ofMinutes(12));

    assertEquals(Set.of(), vault.burnt);
    assertEquals(0, taken());
    assertTrue(told.getLast().explanation().contains("repeat offender"), told.toString());
  }

  @Test
  void aCommandOfSomeoneElseOrDoubledOrUnknownChangesNothingAndIsReported() {
    operators =
        new Operators(
            Map.of(OperatorCommand.Verb.APPROVE, List.of(new IdentityPattern("unix:ann"))));
    responder = responder();
    ResponseDecided asked = asked("a1", "b1");

    assertEquals(
        Optional.of("operators in settings.yaml allows it to unix:ann"),
        give(OperatorCommand.Verb.APPROVE, asked, "unix:bob"));
    assertEquals(0, taken());
    assertEquals(ResponseOutcome.AWAITING_APPROVAL, told.getFirst().outcome());
    assertTrue(told.getFirst().explanation().startsWith("approve by unix:bob (it is not ours)"));

    assertEquals(Optional.empty(), give(OperatorCommand.Verb.APPROVE, asked, "unix:ann"));
    now = now.plusSeconds(1);
    assertTrue(
        give(OperatorCommand.Verb.APPROVE, asked, "unix:ann").orElseThrow().contains("before"));
    assertEquals(
        List.of(ResponseOutcome.AWAITING_APPROVAL, ResponseOutcome.TAKEN, ResponseOutcome.TAKEN),
        outcomes());
    assertEquals(told.get(1).leaseUntil(), told.get(2).leaseUntil());
    assertEquals(3, told.stream().map(ResponseDecided::id).distinct().count());

    assertEquals(
        Optional.of("nothing waits for approval with that id"),
        responder.command(
            command(OperatorCommand.Verb.APPROVE, "lock-box/0000000000000000", "unix:ann"),
            now,
            told::add));
    assertEquals(
        Optional.empty(),
        responder.command(
            command(OperatorCommand.Verb.APPROVE, "isolate-pod/0000000000000000", "unix:ann"),
            now,
            told::add),
        "another responder's");
    assertEquals(3, told.size());
    assertEquals(1, taken());
  }

  @Test
  void anAnswerToAnUnknownQuestionIsToldAsIgnoredAndOneToAKnownQuestionIsToldByIt() {
    for (String id :
        List.of("lock-box/0000000000000000", "lokc-box/0000000000000000", "nonsense")) {
      OperatorCommand approve = command(OperatorCommand.Verb.APPROVE, id, "unix:ann");
      Optional<String> ignored = responder.command(approve, now, told::add);

      assertTrue(
          Responder.answer(approve, ignored).flatMap(OperatorCommand::ignored).isPresent(), id);
    }
    ResponseDecided asked = asked("a1", "b1");
    OperatorCommand reject =
        command(OperatorCommand.Verb.REJECT, question(asked).id(), "unix:on-call");
    assertEquals(Optional.empty(), responder.command(reject, now, told::add));
    OperatorCommand approve =
        command(OperatorCommand.Verb.APPROVE, question(asked).id(), "unix:on-call");
    int before = told.size();
    Optional<String> ignored = responder.command(approve, now, told::add);
    assertTrue(ignored.isPresent());
    assertEquals(before + 1, told.size());
    assertEquals(Optional.empty(), Responder.answer(approve, ignored), "not told twice");
  }

  @Test
  void aPlaybookMayNarrowWhoApproves() {
    rules =
        new ApprovalRules(
            Duration.ofMinutes(30), false, List.of(new IdentityPattern("aws:*:lead")));
    responder = responder();
    ResponseDecided asked = asked("a1", "b1");

    assertEquals(
        Optional.of("the playbook test allows it to aws:*:lead"),
        give(OperatorCommand.Verb.APPROVE, asked, "aws:AROAX:someone"));
    assertEquals(Optional.empty(), give(OperatorCommand.Verb.APPROVE, asked, "aws:AROAX:lead"));
    assertEquals(1, taken());
  }

  @Test
  void theSameCommandDeliveredAgainChangesNothingAndIsNoNews() {
    ResponseDecided asked = asked("a1", "b1");
    OperatorCommand command =
        command(OperatorCommand.Verb.APPROVE, question(asked).id(), "unix:on-call");

    for (int i = 0; i < 3; i++) {
      assertEquals(Optional.empty(), responder.command(command, now, told::add));
      now = now.plusSeconds(1);
    }

    assertEquals(1, taken());
    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
  }

  @Test
  void oneObjectIsAskedAboutOnceAndAgainWhenTheQuestionHasEnded() {
    ResponseDecided asked = asked("a1", "b1");

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));
    assertEquals(asked.id(), asked("a1", "b1").id(), "a redelivered alert asks the same question");
    give(OperatorCommand.Verb.REJECT, asked, "unix:on-call");

    ResponseDecided again = asked("a3", "b1");
    assertFalse(question(again).id().equals(question(asked).id()));
    assertTrue(
        approve(asked).orElseThrow().startsWith("nothing waits"), "the former has been replaced");
    assertEquals(0, taken());
    assertEquals(Optional.empty(), approve(again));
    assertEquals(1, taken());
    assertEquals(
        List.of(), responder.respond(about("a4", "b1"), now, false), "it is in effect already");
  }

  @Test
  void thatNobodyIsAskedAgainAboutWhatAPersonUndidIsToldAlsoRightAfterAPostponement() {
    approve(asked("a1", "b1"));
    ledger.change(
        new Ledger.Key("lock-box", "b1"),
        one -> one.undoneBy(new OperatorOrder("ann@example.com", "a test"), now));
    responder.releaseEnded(now, told::add);
    vault.away = true;
    responder.respond(about("a2", "b1"), now, false);
    vault.away = false;

    List<ResponseDecided> answer = responder.respond(about("a3", "b1"), now, false);

    assertTrue(
        answer.getFirst().explanation().contains("is not taken again: undone by ann@example.com"),
        answer::toString);
    assertEquals(List.of(), responder.respond(about("a4", "b1"), now, false), "once an hour");
  }

  @Test
  void aReplayAndADryRunAskNobody() {
    assertEquals(
        ResponseOutcome.OBSERVED,
        responder.respond(about("a1", "b1"), now, true).getFirst().outcome());
    assertEquals(List.of(), ledger.approvals().open());
  }

  @Test
  void aCommandThatItsWriterHasCarriedOutIsOnlyRecorded() {
    ResponseDecided asked = asked("a1", "b1");

    responder.command(
        command(OperatorCommand.Verb.APPROVE, question(asked).id(), "unix:on-call").carriedOut(),
        now,
        told::add);

    assertEquals(0, taken());
  }

  @Test
  void stopAndResumeAreOrderedByTheTimeAtWhichTheyWereGiven() {
    OperatorCommand stop = about(OperatorCommand.Verb.STOP, OperatorCommand.About.DEPLOYMENT);
    now = now.plusSeconds(5);
    OperatorCommand resume = about(OperatorCommand.Verb.RESUME, OperatorCommand.About.DEPLOYMENT);

    assertEquals(Optional.empty(), responder.command(stop, now, told::add));
    assertTrue(ledger.halted());
    assertEquals(Optional.empty(), responder.command(resume, now, told::add));
    assertFalse(ledger.halted());
    assertEquals(
        Optional.of(
            "it was carried out when it was given, at "
                + stop.observedAt()
                + "; since then the kill switch was turned off at "
                + resume.observedAt()
                + " by unix:on-call"),
        responder.command(stop, now, told::add),
        "people are not told again that it is on");
    assertFalse(ledger.halted(), "a stop that is delivered again does not stop what was resumed");
    assertEquals(Optional.empty(), responder.command(resume, now, told::add), "it still is off");
    now = now.plus(Duration.ofMinutes(16));
    OperatorCommand older =
        at(OperatorCommand.Verb.RESUME, now.minus(Duration.ofMinutes(16)), "late");
    assertTrue(responder.command(older, now, told::add).orElseThrow().contains("15 min"));
  }

  private OperatorCommand at(OperatorCommand.Verb verb, Instant given, String who) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who("unix:" + who, Optional.empty()),
        "because",
        given,
        Optional.empty(),
        OperatorCommand.About.DEPLOYMENT);
  }

  @Test
  void aStopThatWaitedInTheQueueStops() {
    OperatorCommand stop = at(OperatorCommand.Verb.STOP, now, "ann");
    now = now.plus(Duration.ofHours(2));

    assertEquals(Optional.empty(), responder.command(stop, now, told::add));

    assertTrue(ledger.halted());
  }

  @Test
  void aResumptionFromAClockThatIsAheadHoldsBackNoStop() {
    OperatorCommand resume = at(OperatorCommand.Verb.RESUME, now.plusSeconds(110), "ahead");
    assertEquals(Optional.empty(), responder.command(resume, now, told::add));
    OperatorCommand stop = at(OperatorCommand.Verb.STOP, now.plusSeconds(5), "ann");
    now = now.plusSeconds(6);
    assertEquals(Optional.empty(), responder.command(stop, now, told::add));
    assertTrue(ledger.halted());
    now = now.plusSeconds(20);

    assertTrue(
        responder
            .command(resume, now, told::add)
            .orElseThrow()
            .contains("since then the kill switch was turned on at "));

    assertTrue(ledger.halted(), "the other responder gets the same resumption later");
  }

  @Test
  void aResumptionThatWasIgnoredIsNotCarriedOutWhenTheOtherResponderGetsIt() {
    ledger.halt(new Ledger.Halt(true, "ann", "drill", now.minusSeconds(600)));
    OperatorCommand ahead = at(OperatorCommand.Verb.RESUME, now.plusSeconds(121), "ahead");
    assertEquals(
        Optional.of("it is dated in the future"), responder.command(ahead, now, told::add));

    now = now.plusSeconds(60);
    assertEquals(Optional.of("it was ignored before"), responder.command(ahead, now, told::add));
    assertTrue(ledger.halted());

    OperatorCommand late = at(OperatorCommand.Verb.RESUME, now, "late");
    assertEquals(Optional.empty(), responder.command(late, now.plusSeconds(900), told::add));
    assertEquals(
        Optional.empty(),
        responder.command(late, now.plusSeconds(901), told::add),
        "the other responder does not say that it was too late");
  }

  @Test
  void promise14WhatBecameOfAStopIsAnsweredWithOneIdAndAnIgnoredCommandWithTheReason() {
    OperatorCommand stop = at(OperatorCommand.Verb.STOP, now, "ann");
    OperatorCommand done = Responder.answer(stop, Optional.empty()).orElseThrow();
    OperatorCommand ignored = Responder.answer(stop, Optional.of("why")).orElseThrow();

    assertTrue(done.applied());
    assertEquals(done.id(), Responder.answer(stop, Optional.empty()).orElseThrow().id());
    assertNotEquals(stop.id(), done.id(), "people are told of both");
    assertEquals(Optional.of("why"), ignored.ignored());
    assertFalse(ignored.applied());
    for (OperatorCommand answer : List.of(done, ignored)) {
      assertEquals(
          Optional.empty(), responder.command(answer, now, told::add), "an answer is no command");
      assertEquals(Optional.empty(), Responder.answer(answer, Optional.empty()));
    }
    assertFalse(ledger.halted());
    OperatorCommand undo = about(OperatorCommand.Verb.UNDO, containment("lock-box/b1"));
    assertEquals(Optional.empty(), Responder.answer(undo, Optional.empty()), "the release is told");
    assertEquals(
        Optional.of("why"), Responder.answer(undo, Optional.of("why")).orElseThrow().ignored());
  }

  @Test
  void aStopThatCannotBeOrderedWinsAndOneThatIsSurelyOlderDoesNot() {
    ledger.halt(new Ledger.Halt(false, "bob", "over", now));

    assertEquals(
        Optional.empty(),
        responder.command(
            at(OperatorCommand.Verb.STOP, now.minusSeconds(100), "behind"), now, told::add));
    assertTrue(ledger.halted());

    assertTrue(
        responder
            .command(at(OperatorCommand.Verb.RESUME, now, "bob"), now, told::add)
            .orElseThrow()
            .startsWith("the kill switch was turned on at "));
    assertTrue(ledger.halted(), "given at the same time");

    ledger.halt(new Ledger.Halt(false, "bob", "over", now));
    assertTrue(
        responder
            .command(at(OperatorCommand.Verb.STOP, now.minusSeconds(130), "old"), now, told::add)
            .orElseThrow()
            .contains("turned off"));
    assertFalse(ledger.halted());
  }

  @Test
  void aStopThatIsStoredWhileAnOlderResumptionIsCarriedOutStays() {
    DyingTable table = new DyingTable();
    new StoredLedger(table).halt(new Ledger.Halt(true, "ann", "first", now.minusSeconds(60)));
    OperatorCommand resume = at(OperatorCommand.Verb.RESUME, now, "bob");
    now = now.plusSeconds(10);
    table.beforeStore =
        () -> new StoredLedger(table).halt(new Ledger.Halt(true, "ann", "again", now));

    Optional<String> ignored = responder(new StoredLedger(table)).command(resume, now, told::add);

    assertTrue(ignored.isPresent(), "people are told");
    Ledger.Halt stays = new StoredLedger(table).killSwitch().orElseThrow();
    assertTrue(stays.on());
    assertEquals("again", stays.reason());
  }

  @Test
  void anUndoAndAnExtensionAreCarriedOutOnceAndOnlyOnWhatWasInForceThen() {
    approve(asked("a1", "b1"));
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Instant lease = ledger.remembered(key).orElseThrow().until();
    now = now.plusSeconds(10);
    OperatorCommand before = about(OperatorCommand.Verb.UNDO, containment("lock-box/b1"));
    OperatorCommand extend =
        about(
            OperatorCommand.Verb.EXTEND,
            OperatorCommand.About.containment(
                "lock-box/b1", Optional.of(lease.plusSeconds(3_600))));

    for (int i = 0; i < 2; i++) {
      assertEquals(Optional.empty(), responder.command(extend, now, told::add));
    }
    assertEquals(lease.plusSeconds(3_600), ledger.remembered(key).orElseThrow().until());
    Containment.Turn turn = new Containment.Turn(now.plusSeconds(1));
    ledger.change(key, one -> one.inTurn(turn));
    assertEquals(
        "it is being released at this moment; the result will be reported",
        responder.command(extend, now, told::add).orElseThrow());
    ledger.change(key, one -> one.afterTurn(turn));
    assertEquals(Optional.empty(), responder.command(before, now, told::add));
    pass(Duration.ofSeconds(5));
    assertEquals(Set.of(), vault.locked);
    assertEquals(
        Optional.empty(), responder.command(before, now, told::add), "it is delivered again");
    now = now.plusSeconds(1);
    assertTrue(
        responder
            .command(about(OperatorCommand.Verb.UNDO, containment("lock-box/b1")), now, told::add)
            .orElseThrow()
            .startsWith("no containment"));
    assertEquals(
        ResponseOutcome.REFUSED,
        asked("a9", "b1").outcome(),
        "what a person undid is not asked again");
  }

  @Test
  void promise14AnExtensionThatComesAfterAnUndoDoesNotDelayIt() {
    approve(asked("a1", "b1"));
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    Instant lease = ledger.remembered(key).orElseThrow().until();
    vault.stuck = true;
    OperatorCommand undo = about(OperatorCommand.Verb.UNDO, containment("lock-box/b1"));
    assertEquals(Optional.empty(), responder.command(undo, now, told::add));
    now = now.plusSeconds(10);
    Instant due = ledger.remembered(key).orElseThrow().due();
    OperatorCommand extend =
        about(
            OperatorCommand.Verb.EXTEND,
            OperatorCommand.About.containment(
                "lock-box/b1", Optional.of(lease.plusSeconds(3_600))));

    assertTrue(
        responder
            .command(extend, now, told::add)
            .orElseThrow()
            .endsWith("asked for its undo, which is retried until it succeeds"));
    assertEquals(due, ledger.remembered(key).orElseThrow().due());
  }

  @Test
  void aContainmentWhoseUidHasSlashesIsUndoneAndExtended() {
    String uid = "111122223333/eu-west-1/i-1";
    Ledger.Key key = new Ledger.Key("lock-box", uid);
    for (String id : List.of("lock-box/" + uid, "blue/lock-box/" + uid)) {
      for (Optional<String> cluster : List.of(Optional.<String>empty(), Optional.of("lock-box"))) {
        ledger.remember(
            new Containment(
                "lock-box", uid, JsonNodeFactory.instance.objectNode(), "x", now, now, "{}"));
        Instant lease = now.plusSeconds(3_600);

        assertEquals(
            Optional.empty(),
            responder.command(
                inCluster(
                    cluster,
                    OperatorCommand.Verb.EXTEND,
                    OperatorCommand.About.containment(id, Optional.of(lease))),
                now,
                told::add));
        assertEquals(lease, ledger.remembered(key).orElseThrow().until(), id);
        assertEquals(
            Optional.empty(),
            responder.command(
                inCluster(cluster, OperatorCommand.Verb.UNDO, containment(id)), now, told::add));
        Containment undone = ledger.remembered(key).orElseThrow();
        assertTrue(undone.undo().isPresent(), id);
        ledger.forget(undone);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lokc-box/b1", "blue/lokc-box/b1", "a/b/no-box/b1", "lock-box/", "b1"})
  void anIdThatNamesNoActionIsAnsweredWithAReason(String id) {
    OperatorCommand undo = about(OperatorCommand.Verb.UNDO, containment(id));
    Optional<String> ignored = responder.command(undo, now, told::add);

    assertEquals(Optional.of("its id names no action of a responder"), ignored);
    assertEquals(
        ignored, Responder.answer(undo, ignored).flatMap(OperatorCommand::ignored), "people hear");
  }

  @Test
  void aContainmentOfAnotherRespondersActionIsLeftToIt() {
    assertEquals(
        Optional.empty(),
        responder.command(
            about(OperatorCommand.Verb.UNDO, containment("other-box/111122223333/eu-west-1/i-1")),
            now,
            told::add));
  }

  @Test
  void theClusterOfACommandIsWhatItsIdNames() {
    OperatorCommand typed = about(OperatorCommand.Verb.UNDO, containment("blue/lock-box/b1"));
    assertEquals(Optional.of("blue"), Responder.cluster(typed, ACTIONS));
    assertEquals(
        Optional.empty(),
        Responder.cluster(
            about(OperatorCommand.Verb.UNDO, containment("other-box/1/2/i-1")), ACTIONS));
    assertEquals(
        Optional.of("red"),
        Responder.cluster(
            inCluster(Optional.of("red"), OperatorCommand.Verb.UNDO, containment("lock-box/b1")),
            ACTIONS));
  }

  /** {@code up} takes the cluster's name from the kubeconfig, where it may be an ARN. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "blue",
        "arn:aws:eks:eu-west-1:111122223333:cluster/blue",
        "default/api-blue:6443/admin",
      })
  void promise14AnIdNamesItsClusterWhateverItsName(String cluster) {
    assertEquals(
        Optional.of(cluster),
        Responder.cluster(
            about(OperatorCommand.Verb.UNDO, containment(cluster + "/lock-box/b1")), ACTIONS));
    assertEquals(
        Optional.of(cluster),
        Responder.cluster(
            about(OperatorCommand.Verb.UNDO, containment(cluster + "/other-box/1/lock-box/i-1")),
            ACTIONS),
        "the uid may contain slashes too");
    assertEquals(
        Optional.of(cluster),
        Responder.cluster(
            about(
                OperatorCommand.Verb.APPROVE,
                OperatorCommand.About.approval(cluster + "/lock-box/0b3f2c1e")),
            ACTIONS));
  }

  private OperatorCommand inCluster(
      Optional<String> cluster, OperatorCommand.Verb verb, OperatorCommand.About about) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who("unix:on-call", Optional.empty()),
        "because",
        now,
        cluster,
        about);
  }

  private static OperatorCommand.About containment(String id) {
    return OperatorCommand.About.containment(id, Optional.empty());
  }

  private OperatorCommand about(OperatorCommand.Verb verb, OperatorCommand.About about) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who("unix:on-call", Optional.empty()),
        "because",
        now,
        Optional.empty(),
        about);
  }

  /** The exception that simulates that a process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** A table that simulates a kill at its n-th write, before or after it. */
  private static final class DyingTable implements VersionedTable {
    private final Map<String, State> states = new TreeMap<>();
    private int writesLeft = Integer.MAX_VALUE;
    private boolean after;

    /** An action of another process just before the next write. */
    private Runnable beforeStore = () -> {};

    @Override
    public Optional<State> remembered(String key) {
      return Optional.empty();
    }

    @Override
    public Optional<State> read(String key) {
      return Optional.ofNullable(states.get(key));
    }

    @Override
    public List<State> readAll(Collection<String> keys) {
      return keys.stream().filter(states::containsKey).map(states::get).toList();
    }

    @Override
    public Optional<State> store(State next, long expectedVersion, Instant expires) {
      Runnable other = beforeStore;
      beforeStore = () -> {};
      other.run();
      writesLeft--;
      if (writesLeft == 0 && !after) {
        throw new Killed();
      }
      State before = states.get(next.key());
      if ((before == null ? 0 : before.version()) != expectedVersion) {
        return Optional.of(before == null ? new State(next.key(), 0, "") : before);
      }
      states.put(next.key(), next);
      if (writesLeft == 0) {
        throw new Killed();
      }
      return Optional.empty();
    }

    @Override
    public void delete(String key) {
      states.remove(key);
    }

    @Override
    public List<State> scan(String prefix) {
      return states.values().stream().filter(one -> one.key().startsWith(prefix)).toList();
    }
  }

  /** Runs again until it is not killed, as a queue delivers an unacknowledged message again. */
  private void untilDone(DyingTable table, Set<String> published, Consumer<Responder> step) {
    for (int attempt = 0; attempt < 100; attempt++) {
      Responder fresh = responder(new StoredLedger(table));
      try {
        step.accept(fresh);
        return;
      } catch (Killed e) {
        // The message is delivered again after the hold of a claim.
        now = now.plusSeconds(130);
      } catch (Unavailable e) {
        now = now.plusSeconds(10);
      }
    }
    throw new AssertionError("it never ends; published " + published);
  }

  @Test
  void promise4AKillAtAnyWriteOrPublicationLosesNoQuestionAndNoAnswerAndDoublesNone() {
    int killed = 0;
    for (boolean after : List.of(false, true)) {
      for (int dieAt = 1; dieAt < 40; dieAt++) {
        killed += playWithOneKill(dieAt, after, -1) ? 1 : 0;
      }
    }
    for (int publication = 0; publication < 3; publication++) {
      killed += playWithOneKill(Integer.MAX_VALUE, false, publication) ? 1 : 0;
    }
    assertTrue(killed > 25, () -> "the kills must come while it works");
  }

  /** Whether the kill happened. */
  private boolean playWithOneKill(int dieAt, boolean after, int publication) {
    now = TestAlerts.AT.plusSeconds(1);
    vault.boxes.add("b1");
    vault.locked.clear();
    vault.calls.clear();
    DyingTable table = new DyingTable();
    table.writesLeft = dieAt;
    table.after = after;
    Set<String> published = new LinkedHashSet<>();
    List<ResponseDecided> events = new ArrayList<>();
    int[] left = {publication};
    boolean[] killed = {false};
    Consumer<ResponseDecided> hear =
        one -> {
          if (left[0]-- == 0) {
            killed[0] = true;
            throw new Killed();
          }
          published.add(one.id());
          events.add(one);
        };
    String what = dieAt + " " + after + " " + publication;

    untilDone(
        table,
        published,
        fresh -> {
          boolean unused = fresh.respond(about("a1", "b1"), now, false, hear);
        });
    List<Approval> open = new StoredLedger(table).approvals().open();
    assertEquals(1, open.size(), what);
    assertEquals(1, published.size(), what + ": people know of it: " + events);
    OperatorCommand command =
        command(OperatorCommand.Verb.APPROVE, open.getFirst().id(), "unix:on-call");
    untilDone(
        table,
        published,
        fresh -> {
          Optional<String> unused = fresh.command(command, now, hear);
        });
    for (int minute = 0; minute < 8; minute++) {
      now = now.plusSeconds(60);
      untilDone(
          table,
          published,
          fresh -> {
            messages.deliver(fresh, hear);
            fresh.releaseEnded(now, hear);
          });
    }

    assertEquals(Set.of("b1"), vault.locked, what + ": " + events);
    assertEquals(2, published.size(), what + ": one question and one outcome: " + published);
    assertEquals(ResponseOutcome.TAKEN, events.getLast().outcome(), what);
    assertEquals(List.of(), new StoredLedger(table).approvals().open(), what);
    return killed[0] || table.writesLeft <= 0;
  }

  @Test
  void aSweepWhileAQuestionIsStoredDoesNotLoseIt() {
    DyingTable table = new DyingTable();
    Ledger stored = new StoredLedger(table);
    responder = responder(stored);
    give(OperatorCommand.Verb.REJECT, asked("a1", "b1"), "unix:on-call");
    // Before the last write of the question, another process sweeps.
    for (int before = 1; before <= 3; before++) {
      int left = before;
      table.beforeStore = () -> sweepBefore(table, left);
      String alert = "a" + (before + 1);
      ResponseDecided second = asked(alert, "b1");
      assertEquals(
          List.of(question(second).id()),
          stored.approvals().open().stream().map(Approval::id).toList(),
          "a sweep before write " + before);
      give(OperatorCommand.Verb.REJECT, second, "unix:on-call");
    }
    assertEquals(List.of(), stored.approvals().open());
    assertFalse(table.read("open-approvals").orElseThrow().text().contains("lock-box"));
  }

  private static void sweepBefore(DyingTable table, int writes) {
    if (writes == 1) {
      List<Approval> unused = new StoredLedger(table).approvals().open();
    } else {
      table.beforeStore = () -> sweepBefore(table, writes - 1);
    }
  }

  @Test
  void aQuestionThatIsNotInTheIndexIsListedWhenItIsAskedAgain() {
    DyingTable table = new DyingTable();
    Ledger stored = new StoredLedger(table);
    responder = responder(stored);
    ResponseDecided asked = asked("a1", "b1");
    table.states.remove("open-approvals");

    assertEquals(List.of(), responder.respond(about("a2", "b1"), now, false));

    assertEquals(
        List.of(question(asked).id()),
        stored.approvals().open().stream().map(Approval::id).toList());
  }

  @Test
  void aQuestionThatCannotBeReadDoesNotHideTheOthers() {
    vault.boxes.add("b3");
    DyingTable table = new DyingTable();
    responder = responder(new StoredLedger(table));
    ResponseDecided asked = asked("a1", "b1");
    Optional<ResponseDecided> other = Optional.of(asked("a2", "b3"));
    table.states.computeIfPresent(
        "approval/lock-box/b1",
        (key, state) -> new VersionedTable.State(key, state.version(), "{\"state\":\"new\"}"));
    now = now.plus(Duration.ofHours(1));

    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> responder.releaseEnded(now, told::add));

    assertTrue(String.valueOf(error.getMessage()).contains(question(asked).id()), error::toString);
    assertEquals(
        other.map(one -> question(one).id()), told.stream().map(x -> question(x).id()).findFirst());
  }

  @Test
  void anIgnoredCommandAfterTheReleaseDoesNotSayThatItIsContained() {
    ResponseDecided asked = asked("a1", "b1");
    approve(asked);
    Instant taken = told.getFirst().decidedAt();
    now = now.plusSeconds(30);
    approve(asked);
    assertEquals(ResponseOutcome.TAKEN, told.getLast().outcome());
    assertEquals(taken, told.getLast().decidedAt(), "it was not taken again");
    pass(Duration.ofMinutes(62));
    assertEquals(Set.of(), vault.locked);

    approve(asked);

    assertEquals(ResponseOutcome.REFUSED, told.getLast().outcome());
    assertEquals(Optional.empty(), Optional.ofNullable(told.getLast().leaseUntil()));
  }

  @Test
  void anOldCommandDoesNotAnswerAQuestionThatIsAskedAgain() {
    ResponseDecided first = asked("a1", "b1");
    OperatorCommand yes =
        command(OperatorCommand.Verb.APPROVE, question(first).id(), "unix:on-call");
    give(OperatorCommand.Verb.REJECT, first, "unix:on-call");
    now = now.plusSeconds(200);
    give(OperatorCommand.Verb.REJECT, asked("a2", "b1"), "unix:on-call");
    ResponseDecided again = asked("a1", "b1");
    assertFalse(question(again).id().equals(question(first).id()), "it is another question");

    assertTrue(responder.command(yes, now, told::add).isPresent());
    OperatorCommand older =
        OperatorCommand.of(
            OperatorCommand.Verb.APPROVE,
            yes.who(),
            yes.why(),
            yes.observedAt(),
            Optional.empty(),
            OperatorCommand.About.approval(question(again).id()));

    assertEquals(
        Optional.of("it was given before the question was asked"),
        responder.command(older, now, told::add));
    assertEquals(0, taken());
    assertEquals(Optional.empty(), approve(again));
    assertEquals(1, taken());
  }

  /** The effect of another alert's action exists, so a late press does not report it as refused. */
  @Test
  void promise11ALatePressOfWhatAnotherAlertDidStatesTheEffect() {
    ResponseDecided asked = asked("a1", "b1");
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.claim(key, "a0", now, Duration.ofMinutes(1));
    ledger.settle(
        key, new Ledger.Settlement("a0", ResponseOutcome.TAKEN, "locked", now, Optional.empty()));
    vault.locked.add("b1");
    approve(asked);
    pass(Duration.ofSeconds(10));

    assertTrue(give(OperatorCommand.Verb.APPROVE, asked, "slack:U0STRANGER").isPresent());

    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.TAKEN), outcomes());
  }

  /** It has no lease; another alert's action is reported for that alert. */
  @Test
  void aLatePressOfARejectedQuestionHasNoLease() {
    ResponseDecided asked = asked("a1", "b1");
    give(OperatorCommand.Verb.REJECT, asked, "unix:on-call");
    Ledger.Key key = new Ledger.Key("lock-box", "b1");
    ledger.claim(key, "a0", now, Duration.ofMinutes(1));
    ledger.settle(
        key, new Ledger.Settlement("a0", ResponseOutcome.TAKEN, "locked", now, Optional.empty()));
    now = now.plusSeconds(20);
    told.clear();

    assertTrue(give(OperatorCommand.Verb.APPROVE, asked, "unix:on-call").isPresent());

    assertEquals(List.of(ResponseOutcome.REFUSED), outcomes());
    assertEquals(now, told.getFirst().decidedAt());
  }

  @Test
  void anApprovalOfWhatAnotherAlertDidMeanwhileIsAnswered() {
    ResponseDecided asked = asked("a1", "b1");
    mode = Mode.ENFORCE;
    List<ResponseDecided> other = responder().respond(about("a2", "b1"), now, false);
    assertEquals(ResponseOutcome.TAKEN, other.getFirst().outcome());
    now = now.plusSeconds(20);

    approve(asked);

    assertEquals(List.of(ResponseOutcome.TAKEN), outcomes());
    assertTrue(told.getFirst().explanation().contains("in effect already"));
    assertEquals(other.getFirst().decidedAt(), told.getFirst().decidedAt());
    assertEquals(other.getFirst().leaseUntil(), told.getFirst().leaseUntil());
    assertEquals(1, taken());
    assertEquals(List.of(), ledger.approvals().open());
  }

  @Test
  void anOutcomeSurvivesTheBus() {
    ResponseDecided asked = asked("a1", "b1");

    ResponseDecided read = ResponseDecided.read(asked.write());

    assertEquals(asked.approval(), read.approval());
    assertEquals(asked.id(), read.id());
  }
}
