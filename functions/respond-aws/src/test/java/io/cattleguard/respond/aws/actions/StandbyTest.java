package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.LateCheck;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.WatchedNetwork;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A quarantine of an instance of an Auto Scaling group, which would terminate it. */
final class StandbyTest {
  private static final Action<?, ?> STANDBY = new QuarantineInstance();
  private static final String ENTER = "enterStandby";
  private static final String EXIT = "exitStandby";
  private static final String LOOK = "membership";
  private static final List<String> SWAPS =
      List.of("eni-1 -> [" + Account.QUARANTINE + "]", "eni-2 -> [" + Account.QUARANTINE + "]");

  private Instant now = TestAlerts.AT.plusSeconds(60);
  private final WatchedNetwork network = new WatchedNetwork(Account.network());
  private final InMemoryLedger ledger = new InMemoryLedger();

  /** Simulates that the process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void anInstanceOfAGroup() {
    Instance one = Account.instance();
    network.simulated.run(
        new Instance(
            one.account(),
            one.region(),
            one.id(),
            one.vpc(),
            true,
            one.launchedAt(),
            Map.of("aws:autoscaling:groupName", "web"),
            one.interfaces(),
            Optional.empty()));
    is("InService");
  }

  private void is(String state) {
    network.simulated.join(new Membership(Account.INSTANCE, "web", state));
  }

  private String state() {
    return network.simulated.membership(Account.INSTANCE).orElseThrow().state();
  }

  private Responder responder(Action<?, ?> step) {
    EventPattern when =
        EventPattern.compile(
            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
    return new Responder(
        new Playbooks(
            List.of(
                new Playbook(
                    "test",
                    when,
                    Mode.ENFORCE,
                    Duration.ofMinutes(30),
                    List.of(step),
                    Budget.DEFAULT)),
            Actions.registered()),
        Places.of(AwsScope.class, AwsScope.of(network.port())),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private ResponseDecided quarantine(Action<?, ?> step) {
    return responder(step).respond(Account.scored(Account.finding("f1")), now, false).getFirst();
  }

  private ResponseDecided taken() {
    ResponseDecided decided = quarantine(STANDBY);
    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(SWAPS, swaps());
    return decided;
  }

  private List<String> swaps() {
    return network.changes.stream().filter(one -> one.contains("->")).toList();
  }

  private long calls(String name) {
    return network.changes.stream().filter(one -> one.startsWith(name)).count();
  }

  private ResponseDecided released() {
    now = now.plus(Duration.ofHours(5));
    network.changes.clear();
    return responder(STANDBY).releaseEnded(now).getFirst();
  }

  private ResponseDecided released(ResponseOutcome outcome) {
    ResponseDecided released = released();
    assertEquals(outcome, released.outcome(), released.explanation());
    return released;
  }

  private Optional<String> stored() {
    JsonNode subject = ledger.endedBy(Instant.MAX).getFirst().subject();
    return Instance.read(subject).standby();
  }

  private void before(String call, Runnable... planned) {
    network.instead.put(call, new ArrayList<>(List.of(planned)));
  }

  private static void says(ResponseDecided decided, String words) {
    assertTrue(decided.explanation().contains(words), decided.explanation());
  }

  private static void away() {
    throw new Unavailable("EC2 Auto Scaling is away");
  }

  private void entersUnanswered() {
    is("Standby");
    throw new Unavailable("EC2 Auto Scaling is away");
  }

  private static void kill() {
    throw new Killed();
  }

  private static final String LOST = "Auto Scaling group web may terminate the instance";

  @Test
  void anInstanceOfAGroupIsInStandbyBeforeItsInterfacesAreIsolated() {
    ResponseDecided decided = taken();

    assertEquals("enterStandby web", network.changes.getFirst());
    assertEquals(3, network.changes.size());
    assertEquals("Standby", state());
    says(decided, "was put into standby in Auto Scaling group web, which launches a replacement");
    assertFalse(decided.explanation().contains("may terminate"), decided.explanation());
    assertEquals(Optional.of("web"), stored());
  }

  @Test
  void promise10TheStandbyEndsAfterTheSecurityGroupsAreRestored() {
    taken();

    ResponseDecided released = released(ResponseOutcome.RELEASED);

    assertEquals("exitStandby web", network.changes.getLast());
    assertEquals(3, network.changes.size());
    assertEquals("InService", state());
    says(released, "left standby in Auto Scaling group web");
  }

  @Test
  void aStepWithoutStandbyAsksTheGroupNothing() {
    before(LOOK, StandbyTest::kill);

    ResponseDecided decided = quarantine(new QuarantineInstance(Duration.ofHours(4), false));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(SWAPS, network.changes);
    says(decided, LOST);
    assertEquals(Optional.empty(), stored());
  }

  @Test
  void anInstanceOfNoGroupAsksNoGroup() {
    network.simulated.run(Account.instance());
    before(LOOK, StandbyTest::kill);

    assertFalse(taken().explanation().contains("standby"));
    released(ResponseOutcome.RELEASED);
  }

  @Test
  void aDeniedStandbyNeverStopsTheIsolationAndIsNotEndedByTheRelease() {
    network.denied.put(ENTER, "AccessDenied");

    ResponseDecided decided = taken();

    says(decided, LOST);
    says(decided, "it was not put into standby (AccessDenied)");
    assertEquals(1, calls(ENTER), "a refusal is not tried again");
    assertEquals(Optional.empty(), stored());
    is("Standby");
    released(ResponseOutcome.RELEASED);
    assertEquals("Standby", state(), "a person's");
  }

  @Test
  void aStandbyWithoutAnAnswerIsSeen() {
    before(ENTER, this::entersUnanswered);

    says(taken(), "was put into standby");

    assertEquals(1, calls(ENTER));
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void aStandbyWithoutAnAnswerIsTriedOnceMore() {
    before(ENTER, StandbyTest::away);

    says(taken(), "was put into standby");

    assertEquals(2, calls(ENTER));
    assertEquals("Standby", state());
  }

  @Test
  void aGroupThatNeverAnswersNeverStopsTheIsolation() {
    before(ENTER, StandbyTest::away, StandbyTest::away, StandbyTest::away);

    ResponseDecided decided = taken();

    assertEquals(2, calls(ENTER));
    says(decided, LOST);
    says(decided, "EC2 Auto Scaling is away");
    says(released(ResponseOutcome.RELEASED), "is not in standby in Auto Scaling group web");
    assertEquals("InService", state());
  }

  /** The first attempt may have succeeded. */
  @Test
  void aSecondAttemptThatIsDeniedKeepsTheStoredStandby() {
    before(ENTER, StandbyTest::away, () -> network.denied.put(ENTER, "ValidationError"));

    taken();

    assertEquals(Optional.of("web"), stored());
  }

  @Test
  void anInstanceWhoseStateIsUnknownIsNotPutIntoStandby() {
    before(LOOK, StandbyTest::away, StandbyTest::away, StandbyTest::away);

    ResponseDecided decided = taken();

    assertEquals(0, calls(ENTER));
    says(decided, LOST);
    says(decided, "EC2 Auto Scaling is away");
  }

  @Test
  void aStandbyThatCannotBeSeenIsNotToldAsOne() {
    before(LOOK, () -> {}, StandbyTest::away);

    ResponseDecided decided = taken();

    assertEquals(1, calls(ENTER));
    says(decided, LOST);
    says(decided, "EC2 Auto Scaling is away");
  }

  @Test
  void aStandbyOfAPersonIsLeftAsItIs() {
    is("Standby");

    says(taken(), "was already in standby in Auto Scaling group web, and the release leaves it");

    assertEquals(0, calls(ENTER));
    released(ResponseOutcome.RELEASED);
    assertEquals("Standby", state());
  }

  /** A release has just ended the standby, and Auto Scaling still shows it. */
  @Test
  void promise5AStandbyThatHasJustEndedIsNotToldAsStandby() {
    is("Standby");
    before(LOOK, () -> {}, () -> {}, () -> is("InService"));

    says(taken(), "was put into standby in Auto Scaling group web");

    assertEquals(1, calls(ENTER));
    assertEquals("Standby", state());
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void anInstanceThatIsNotInServiceIsIsolatedWithoutStandby() {
    is("Pending:Wait");

    ResponseDecided decided = taken();

    assertEquals(0, calls(ENTER));
    says(decided, LOST);
    says(decided, "the instance is Pending:Wait in the group");
  }

  @Test
  void anInstanceThatComesIntoServiceMeanwhileIsPutIntoStandby() {
    is("Pending");
    before("eni-2", () -> is("InService"));

    says(taken(), "was put into standby");
  }

  @Test
  void anInstanceThatTheGroupDoesNotHaveIsIsolatedWithoutStandby() {
    network.simulated.leave(Account.INSTANCE);

    says(taken(), "it was not put into standby (the group does not have the instance)");
  }

  @Test
  void anInstanceThatIsEnteringStandbyIsInStandby() {
    before(
        ENTER,
        () -> {
          is("EnteringStandby");
          throw new Unavailable("no answer");
        });

    says(taken(), "was put into standby");

    assertEquals(1, calls(ENTER));
    now = now.plus(Duration.ofHours(5));
    assertEquals(List.of(), responder(STANDBY).releaseEnded(now), "it may still become standby");
    is("Standby");
    now = now.plus(Duration.ofMinutes(1));
    assertEquals(
        ResponseOutcome.RELEASED, responder(STANDBY).releaseEnded(now).getFirst().outcome());
    assertEquals("InService", state());
  }

  private void killed() {
    Responder responder = responder(STANDBY);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
  }

  @Test
  void promise10TheStandbyIsStoredBeforeTheCall() {
    before(ENTER, StandbyTest::kill);

    killed();

    assertEquals(Optional.of("web"), stored());
    now = now.plusSeconds(150);
    taken();
    assertEquals("Standby", state());
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void promise10WhoIsKilledAfterTheStandbyEndsIt() {
    before("eni-1", StandbyTest::kill);
    killed();
    network.changes.clear();

    now = now.plusSeconds(150);
    says(taken(), "was put into standby");

    assertEquals(0, calls(ENTER));
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void promise10WhoIsKilledAfterTheStandbyAndIsTooLateStillEndsIt() {
    before("eni-1", StandbyTest::kill);
    killed();

    now = now.plusSeconds(3_600);
    ResponseDecided told = quarantine(STANDBY);

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    says(told, "not taken: ");
    says(told, "was put into standby");
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void promise10AStandbyWithoutAnIsolationEndsWithItsLease() {
    network.denied.put("eni-1", "UnauthorizedOperation");
    network.denied.put("eni-2", "UnauthorizedOperation");

    ResponseDecided decided = quarantine(STANDBY);

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    says(decided, "not taken: ");
    says(decided, "was put into standby");
    assertNotNull(decided.leaseUntil());
    released(ResponseOutcome.RELEASED);
    assertEquals("InService", state());
  }

  @Test
  void aStandbyOfAKilledAttemptIsToldWhereTheIsolationFails() {
    before("eni-1", StandbyTest::kill);
    killed();
    network.denied.put("eni-1", "UnauthorizedOperation");
    network.denied.put("eni-2", "UnauthorizedOperation");

    now = now.plusSeconds(150);
    ResponseDecided decided = quarantine(STANDBY);

    says(decided, "not taken: ");
    says(decided, "was put into standby");
  }

  @Test
  void whereNeitherIsPossibleNothingIsLeftToUndo() {
    network.denied.put("eni-1", "UnauthorizedOperation");
    network.denied.put("eni-2", "UnauthorizedOperation");
    network.denied.put(ENTER, "AccessDenied");

    says(quarantine(STANDBY), LOST);

    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void promise10AGroupThatDoesNotTakeTheInstanceBackIsAskedAgain() {
    taken();
    network.denied.put(EXIT, "ValidationError: update the sizes of web");

    ResponseDecided failed = released(ResponseOutcome.FAILED);

    says(failed, "security groups were restored, but the instance is still in standby");
    says(failed, "update the sizes of web");
    network.denied.clear();
    network.changes.clear();
    now = now.plus(Duration.ofHours(1));
    ResponseDecided again = responder(STANDBY).releaseEnded(now).getFirst();
    assertEquals(ResponseOutcome.RELEASED, again.outcome(), again.explanation());
    assertEquals(1, calls(EXIT));
  }

  @Test
  void promise10AnInstanceThatAPersonTookOutOfStandbyIsReleased() {
    taken();
    is("InService");

    says(released(ResponseOutcome.RELEASED), "is not in standby in Auto Scaling group web, but");

    assertEquals("InService", state());
  }

  /** Auto Scaling shows the state before the standby for a moment. */
  @Test
  void promise10AStandbyThatDoesNotShowIsEnded() {
    taken();
    before("membership", () -> is("InService"), () -> {});
    before(EXIT, () -> is("Standby"));

    ResponseDecided released = released(ResponseOutcome.RELEASED);

    says(released, "left standby in Auto Scaling group web");
    assertEquals("InService", state());
  }

  /** This happens between the read and the call. */
  @Test
  void promise10AnInstanceThatAPersonTakesOutOfStandbyAtThatMomentIsReleased() {
    taken();
    before(EXIT, () -> is("InService"));

    says(released(ResponseOutcome.RELEASED), "left standby");
  }

  @Test
  void promise10AnInstanceThatWasDetachedFromItsGroupIsReleased() {
    taken();
    network.simulated.join(new Membership(Account.INSTANCE, "other", "Standby"));

    says(released(ResponseOutcome.RELEASED), "is no longer in Auto Scaling group web");

    assertEquals(0, calls(EXIT));
  }

  @Test
  void promise10WhereAPersonChangedTheGroupsTheStandbyStaysAndIsTold() {
    taken();
    network.simulated.setGroups(Account.networkInterface("eni-2"), List.of(Account.ADMIN));

    says(released(ResponseOutcome.REFUSED), "stays in standby in Auto Scaling group web");

    assertEquals(List.of(), network.changes);
  }

  @Test
  void promise11AStandbyThatDoesNotEndIsNotToldAsEnded() {
    taken();
    before(EXIT, () -> network.deaf = true);
    now = now.plus(Duration.ofHours(5));

    assertEquals(List.of(), responder(STANDBY).releaseEnded(now));
    now = now.plus(Duration.ofMinutes(1));
    assertEquals(List.of(), responder(STANDBY).releaseEnded(now));
    now = now.plus(Duration.ofMinutes(1));
    ResponseDecided told = responder(STANDBY).releaseEnded(now).getFirst();
    assertEquals(ResponseOutcome.FAILED, told.outcome());
    says(told, "does not show it yet");
  }

  @Test
  void aStateOfAnEarlierVersionHasNoStandby() {
    ObjectNode written = Account.instance().before(Account.QUARANTINE, Optional.empty()).toJson();

    assertFalse(written.has("standby"));
    assertEquals(Optional.empty(), Instance.read(written).standby());
    assertEquals(
        Optional.of("web"),
        Instance.read(Instance.read(written).withStandby(Optional.of("web")).toJson()).standby());
  }

  @Test
  void anAttemptThatAnEarlierVersionBeganIsVerified() throws Exception {
    taken();
    JsonNode state =
        JsonMapper.builder()
            .build()
            .readTree(
                """
                {"instance":"%s","group":"%s","again":false,"hopeless":false,"reasons":{}}
                """
                    .formatted(Account.INSTANCE, Account.QUARANTINE));
    UndoRecord undo = UndoRecord.resumed(ledger, ledger.endedBy(Instant.MAX).getFirst());

    Progress progress =
        new QuarantineInstance()
            .verify(AwsScope.of(network.port()), state, undo, Duration.ofSeconds(5));

    assertEquals(ResponseOutcome.TAKEN, assertInstanceOf(Progress.Done.class, progress).outcome());
    assertEquals(Optional.of("web"), stored());
  }

  /** The release has opened the interfaces and ended the standby since the check began. */
  @ParameterizedTest(name = "entering standby again: {0}, after {1} notes of a change")
  @CsvSource({"false, 0", "false, 1", "true, 0"})
  void promise14ACheckOfAnEndedQuarantineChangesNothing(boolean standby, int changes)
      throws Exception {
    taken();
    Containment before = ledger.live().getFirst();
    released(ResponseOutcome.RELEASED);
    ledger.remember(before);
    network.changes.clear();
    JsonNode state =
        JsonMapper.builder()
            .build()
            .readTree(
                """
                {"instance":"%s","group":"%s","again":true,"hopeless":false,"reasons":{},
                 "changed":[],"standby":{"problem":"","again":%s}}
                """
                    .formatted(Account.INSTANCE, Account.QUARANTINE, standby));

    Progress.Pending pending =
        assertInstanceOf(
            Progress.Pending.class,
            new QuarantineInstance()
                .verify(
                    AwsScope.of(network.port()),
                    state,
                    LateCheck.of(ledger, before, changes),
                    Duration.ofSeconds(5)));

    assertEquals(List.of(), network.changes);
    assertEquals(0, pending.state().path("changed").size(), pending.state().toString());
    assertEquals(List.of(before.key()), ledger.live().stream().map(Containment::key).toList());
  }
}
