package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Decision;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import io.cattleguard.respond.aws.network.WatchedNetwork;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkActionsTest {
  private static final Action<?, ?> QUARANTINE = new QuarantineInstance();
  private static final Action<?, ?> REVOKE = new RevokeIngress();

  private Instant now = TestAlerts.AT.plusSeconds(60);
  private final WatchedNetwork network = new WatchedNetwork(Account.network());
  private final InMemoryLedger ledger = new InMemoryLedger();

  /** Simulates that the process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private Responder responder(Mode mode, Action<?, ?>... steps) {
    return responder(mode, ledger, steps);
  }

  private Responder responder(Mode mode, Ledger kept, Action<?, ?>... steps) {
    Playbook playbook = playbook(mode, steps);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(AwsScope.class, AwsScope.of(network.port())),
        kept,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private static Playbook playbook(Mode mode, Action<?, ?>... steps) {
    EventPattern when =
        EventPattern.compile(
            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
    return new Playbook("test", when, mode, Duration.ofMinutes(30), List.of(steps), Budget.DEFAULT);
  }

  private ResponseDecided enforce(Action<?, ?> step, Alert alert) {
    List<ResponseDecided> decided =
        responder(Mode.ENFORCE, step).respond(Account.scored(alert), now, false);
    assertEquals(1, decided.size());
    return decided.getFirst();
  }

  private List<String> groupsOf(String id) {
    return network.simulated.instance(Account.INSTANCE).orElseThrow().interfaces().stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow()
        .groups();
  }

  private void replace(Instance.Interface... interfaces) {
    network.simulated.run(Account.instance(interfaces));
  }

  private Instance started(Instance is) {
    return new Instance(
        is.account(),
        is.region(),
        is.id(),
        is.vpc(),
        is.running(),
        now,
        is.tags(),
        is.interfaces(),
        is.quarantine());
  }

  // ---- quarantine-instance

  @Test
  void everyInterfaceIsSwappedToTheGroupWithoutRulesAndNothingElseIsDone() {
    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(
        List.of("eni-1 -> [" + Account.QUARANTINE + "]", "eni-2 -> [" + Account.QUARANTINE + "]"),
        network.changes);
    assertTrue(
        decided
            .explanation()
            .contains(
                "connections that were already open may persist, and security groups do not filter"
                    + " DNS through Amazon's resolver or instance metadata"),
        decided.explanation());
    assertTrue(
        decided.explanation().contains("eni-1: " + Account.WEB + ", " + Account.ADMIN),
        decided.explanation());
    assertEquals(now.plus(Duration.ofHours(4)), decided.leaseUntil());
  }

  /**
   * A row: a sentence, the alert, the changes of the account before it, and the expected objection.
   */
  static Stream<Arguments> objectionsToAQuarantine() {
    return Stream.of(
        row(
            "made up by GuardDuty",
            Account.finding("a", Account.target().build(), Account.SSH, "sample"),
            "the finding is a sample"),
        row(
            "through a sensor, which reads what an intruder writes",
            Account.finding("a", Account.target().cluster("blue").build(), Account.SSH),
            "came from the sensor of blue"),
        row(
            "no instance named",
            Account.finding("a", Account.target().instance(null).build(), Account.SSH),
            "does not name an instance"),
        row(
            "no account named",
            Account.finding("a", Account.target().account(null).build(), Account.SSH),
            "does not name an instance, its account"),
        row(
            "another account",
            Account.finding("a", Account.target().account("444455556666").build(), Account.SSH),
            "is about account 444455556666; the instance is in 111122223333"),
        row(
            "another region",
            Account.finding("a", Account.target().region("us-east-1").build(), Account.SSH),
            "is about us-east-1"),
        row(
            "no such instance",
            Account.finding("a", Account.target().instance("i-99999999").build(), Account.SSH),
            "instance i-99999999 no longer exists"),
        row(
            "started after the alert",
            test -> test.network.simulated.run(test.startedAt(TestAlerts.AT.plusSeconds(1))),
            "was started 1 s after the alert"),
        row(
            "one interface without the tag",
            test ->
                test.replace(
                    Account.networkInterface("eni-1", Account.WEB),
                    new Instance.Interface(
                        "eni-2", Account.VPC, true, false, Map.of(), List.of(Account.WEB))),
            "missing tag cattleguard:respond=allowed: eni-2"),
        row(
            "an interface of the VPC CNI on an instance without the tag",
            test ->
                test.replace(
                    Account.networkInterface("eni-1", Account.WEB),
                    new Instance.Interface(
                        "eni-2",
                        Account.VPC,
                        true,
                        false,
                        Map.of("node.k8s.amazonaws.com/instance_id", Account.INSTANCE),
                        List.of(Account.WEB))),
            "eni-2 (added by the VPC CNI: tag the instance instead)"),
        row(
            "a group that the release could not restore",
            test ->
                test.network.simulated.have(
                    new SecurityGroup(
                        Account.ID,
                        Account.REGION,
                        Account.ADMIN,
                        Account.VPC,
                        Map.of(),
                        List.of(),
                        List.of(),
                        0,
                        1)),
            "the release could not restore "
                + Account.ADMIN
                + ": missing tag cattleguard:respond=allowed, or the same tag with the value"
                + " restore"),
        row(
            "the tag with another value",
            test ->
                test.replace(
                    new Instance.Interface(
                        "eni-1",
                        Account.VPC,
                        true,
                        false,
                        Map.of("cattleguard:respond", "no"),
                        List.of(Account.WEB))),
            "missing tag cattleguard:respond=allowed: eni-1"),
        row(
            "protected",
            test -> test.network.simulated.run(test.tagged("cattleguard:protected")),
            "the instance is tagged cattleguard:protected"),
        row(
            "an interface that is protected",
            test ->
                test.replace(
                    new Instance.Interface(
                        "eni-1",
                        Account.VPC,
                        true,
                        false,
                        Map.of("cattleguard:respond", "allowed", "cattleguard:protected", ""),
                        List.of(Account.WEB))),
            "eni-1 is tagged cattleguard:protected"),
        row(
            "a control plane",
            test -> test.network.simulated.run(test.tagged("k8s.io/role/control-plane")),
            "runs a control plane"),
        row(
            "being terminated",
            test -> test.network.simulated.run(test.ending()),
            "is already being terminated"),
        row(
            "an interface in another VPC",
            test ->
                test.replace(
                    new Instance.Interface(
                        "eni-1", "vpc-2", true, false, Account.ALLOWED, List.of(Account.WEB))),
            "in another VPC than the instance: eni-1"),
        row(
            "no interface of the account's own",
            test ->
                test.replace(
                    new Instance.Interface(
                        "eni-1", Account.VPC, false, false, Map.of(), List.of(Account.WEB))),
            "this account cannot change any interface of the instance"),
        row(
            "no group for quarantine in its VPC",
            test -> test.network.simulated.run(test.inVpc("vpc-2")),
            "no quarantine security group in vpc-2"),
        row(
            "a group for quarantine that has got a rule",
            test ->
                test.network.simulated.have(
                    new SecurityGroup(
                        Account.ID,
                        Account.REGION,
                        Account.QUARANTINE,
                        Account.VPC,
                        Map.of(),
                        List.of(),
                        List.of(),
                        1,
                        0)),
            "must have no rules, but has 1"),
        row(
            "the kill switch",
            test ->
                test.ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH)),
            "the kill switch is on"),
        row("EC2 away", test -> test.network.down = true, ": EC2 is away"));
  }

  private static Arguments row(String sentence, Alert alert, String objection) {
    Consumer<NetworkActionsTest> nothing = test -> {};
    return Arguments.of(sentence, alert, nothing, objection);
  }

  private static Arguments row(
      String sentence, Consumer<NetworkActionsTest> before, String objection) {
    return Arguments.of(sentence, Account.finding("a"), before, objection);
  }

  private Instance startedAt(Instant launchedAt) {
    Instance one = Account.instance();
    return with(one.vpc(), true, launchedAt, one.tags());
  }

  private Instance tagged(String tag) {
    return tagged(tag, "1");
  }

  private Instance tagged(String tag, String value) {
    Instance one = Account.instance();
    return with(one.vpc(), true, one.launchedAt(), Map.of(tag, value));
  }

  private Instance ending() {
    Instance one = Account.instance();
    return with(one.vpc(), false, one.launchedAt(), one.tags());
  }

  private Instance inVpc(String vpc) {
    Instance one = Account.instance();
    return with(vpc, true, one.launchedAt(), one.tags());
  }

  private static Instance with(
      String vpc, boolean running, Instant launchedAt, Map<String, String> tags) {
    return new Instance(
        Account.ID,
        Account.REGION,
        Account.INSTANCE,
        vpc,
        running,
        launchedAt,
        tags,
        Account.instance().interfaces(),
        Optional.empty());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objectionsToAQuarantine")
  void promise6AQuarantineIsRefusedWithoutTouchingAnything(
      String sentence, Alert alert, Consumer<NetworkActionsTest> before, String objection) {
    before.accept(this);

    ResponseDecided decided = enforce(QUARANTINE, alert);

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), sentence);
    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        () -> "expected '" + objection + "' among " + decided.objections());
    assertEquals(List.of(), network.changes);
  }

  @Test
  void aSampleFindingNeverActsWhateverTheStep() {
    Alert sample = Account.finding("a", Account.target().build(), Account.SSH, "sample");
    for (Action<?, ?> step : List.of(QUARANTINE, REVOKE)) {
      assertEquals(ResponseOutcome.REFUSED, enforce(step, sample).outcome());
    }
    assertEquals(List.of(), network.changes);
  }

  @Test
  void promise7EveryObjectionToAQuarantineIsTold() {
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH));
    network.simulated.run(tagged("cattleguard:protected"));

    List<String> objections =
        enforce(QUARANTINE, Account.finding("a", target("444455556666"), Account.SSH, "sample"))
            .objections();

    assertEquals(4, objections.size(), objections.toString());
  }

  private static Target target(String account) {
    return Account.target().account(account).build();
  }

  @Test
  void promise8OldNewsOnlyObserves() {
    now = TestAlerts.AT.plusSeconds(3_600);
    assertEquals(ResponseOutcome.OBSERVED, enforce(QUARANTINE, Account.finding("a")).outcome());

    now = TestAlerts.AT.plusSeconds(60);
    ResponseDecided replayed =
        responder(Mode.ENFORCE, QUARANTINE)
            .respond(Account.scored(Account.finding("a")), now, true)
            .getFirst();
    assertEquals(ResponseOutcome.OBSERVED, replayed.outcome());
    assertEquals(List.of(), network.changes);
  }

  @Test
  void anObservingPlaybookWritesNothingAndSaysWhatItWouldHaveDone() {
    for (Action<?, ?> step : List.of(QUARANTINE, REVOKE)) {
      ResponseDecided decided =
          responder(Mode.OBSERVE, step)
              .respond(Account.scored(Account.finding("a")), now, false)
              .getFirst();
      assertEquals(ResponseOutcome.OBSERVED, decided.outcome());
      assertEquals("would have been taken: no guard objects", decided.explanation());
    }
    assertEquals(List.of(), network.changes);
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void promise5ARedeliveredFindingSwapsOnceAndIsToldTheSame() {
    ResponseDecided first = enforce(QUARANTINE, Account.finding("f1"));
    ResponseDecided again = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(first, again);
    assertEquals(2, network.changes.size());
  }

  @Test
  void promise5TwoFindingsOnOneInstanceSwapOnce() {
    enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(
        List.of(),
        responder(Mode.ENFORCE, QUARANTINE)
            .respond(Account.scored(Account.finding("f2")), now, false));

    assertEquals(2, network.changes.size());
  }

  @Test
  void promise11AQuarantineThatSomethingElseUndidIsMadeAgainByTheNextFinding() {
    enforce(QUARANTINE, Account.finding("f1"));
    Instance.Interface one =
        network.simulated.instance(Account.INSTANCE).orElseThrow().interfaces().getFirst();
    network.simulated.setGroups(one, List.of(Account.WEB));

    ResponseDecided again = enforce(QUARANTINE, Account.finding("f2"));

    assertEquals(ResponseOutcome.TAKEN, again.outcome());
    assertTrue(again.explanation().startsWith("taken again"), again.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf(one.id()));
  }

  /** A release deletes the containment, and then the claim; it may be killed in between. */
  @Test
  void promise5AnInstanceWhoseReleaseWasKilledHalfWayIsQuarantinedAgain() {
    enforce(QUARANTINE, Account.finding("f1"));
    Ledger.Key key = new Ledger.Key("quarantine-instance", Account.instance().uid());
    Ledger.Settlement settled = ledger.settled(key).orElseThrow();
    now = now.plus(Duration.ofHours(5));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);
    ledger.settle(key, settled);
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));

    ResponseDecided again = enforce(QUARANTINE, findingAt("f2", now));

    assertEquals(ResponseOutcome.TAKEN, again.outcome(), again.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-2"));
  }

  private static Alert findingAt(String id, Instant at) {
    Alert one = Account.finding(id);
    return new Alert(
        one.id(),
        one.alertClass(),
        one.source(),
        one.rule(),
        one.severity(),
        one.tactics(),
        one.techniques(),
        one.traits(),
        one.target(),
        one.process(),
        one.network(),
        one.title(),
        at,
        1,
        List.of(),
        "{}",
        null,
        List.of());
  }

  /** If a group cannot be read, the finding is retried instead of refused. */
  @Test
  void promise7SecurityGroupsThatCannotBeReadPostponeAQuarantine() {
    for (String unread : List.of("tagsOfGroup", "quarantineGroup")) {
      network.instead.put(
          unread,
          new ArrayList<>(
              List.of(
                  () -> {
                    throw new Unavailable("EC2 is away");
                  })));
      replace(
          Account.networkInterface("eni-1", Account.WEB),
          Account.networkInterface("eni-2", Account.QUARANTINE));
      quarantineWithoutTags();
      QuarantineInstance action = new QuarantineInstance();
      ObservedInstance observed =
          action.look(AwsScope.of(network.port()), Account.scored(Account.finding("f1")));
      Decision decision =
          Decision.decide(
              action,
              new Situation<>(
                  Account.scored(Account.finding("f1")),
                  playbook(Mode.ENFORCE, action),
                  observed,
                  List.of(),
                  new Fact.Known<>(false),
                  TestAlerts.AT,
                  false,
                  false));

      assertInstanceOf(Decision.Postpone.class, decision, unread + ": " + decision);
    }
  }

  private void quarantineWithoutTags() {
    network.simulated.haveForQuarantine(
        new SecurityGroup(
            Account.ID,
            Account.REGION,
            Account.QUARANTINE,
            Account.VPC,
            Map.of(),
            List.of(),
            List.of(),
            0,
            1));
  }

  @Test
  void promise10WhatTheInterfacesHadIsStoredBeforeTheFirstOfThemIsTouched() {
    network.instead.put(
        "eni-1",
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);

    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));

    Instance stored =
        Instance.read(ledger.endedBy(now.plus(Duration.ofHours(4))).getFirst().subject());
    assertEquals(List.of(Account.WEB, Account.ADMIN), stored.interfaces().getFirst().groups());
  }

  @Test
  void promise10WhoIsKilledHalfWayAndComesAgainPutsBackWhatWasThereAtFirst() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-1"));

    now = now.plusSeconds(150);
    ResponseDecided again = enforce(QUARANTINE, Account.finding("f1"));
    assertEquals(ResponseOutcome.TAKEN, again.outcome(), again.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-2"));

    now = now.plus(Duration.ofHours(5));
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst().outcome());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
  }

  @Test
  void promise5WhoIsKilledHalfWayAndIsTooLateIsToldHowFarItGot() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));

    now = now.plusSeconds(3_600);
    ResponseDecided told = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertTrue(told.explanation().contains("1 of 2 interfaces are isolated"), told.explanation());
    assertFalse(told.leaseUntil() == null);
  }

  @Test
  void promise11AnInterfaceThatEc2RefusesAtFirstIsTriedAgain() {
    List<Runnable> twice = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      twice.add(
          () -> {
            throw new Unavailable("RequestLimitExceeded");
          });
    }
    network.instead.put("eni-1", twice);

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(4, network.changes.size(), network.changes.toString());
  }

  @Test
  void promise11AnInstanceThatIsOpenedAfterItWasSeenAsQuarantinedIsQuarantined() {
    replace(
        Account.networkInterface("eni-1", Account.QUARANTINE),
        Account.networkInterface("eni-2", Account.QUARANTINE));
    network.instead.put(
        "quarantineGroup",
        new ArrayList<>(
            List.of(
                () ->
                    replace(
                        Account.networkInterface("eni-1", Account.WEB),
                        Account.networkInterface("eni-2", Account.QUARANTINE)))));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-1"));
  }

  @Test
  void promise10ARuleThatAKilledAttemptRevokedIsRestoredAlsoIfTheNextAttemptIsDenied() {
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, REVOKE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
    network.denied.put(Account.WEB, "UnauthorizedOperation");
    now = now.plusSeconds(150);

    ResponseDecided told = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, told.outcome(), told.explanation());
    assertEquals(1, ledger.live().size(), "the killed attempt may have revoked it");
  }

  @Test
  void promise8AnInstanceThatIsRestartedBeforeTheChangeIsRepeatedIsLeftAsItIs() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () -> {
                  network.simulated.run(
                      started(network.simulated.instance(Account.INSTANCE).orElseThrow()));
                  throw new Unavailable("RequestLimitExceeded");
                })));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.explanation().contains("eni-2: the instance was started again"),
        decided.explanation());
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
    now = now.plus(Duration.ofHours(5));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
  }

  @Test
  void promise11APartIsToldAsAPartAndMayBeTriedAgainByTheNextFinding() {
    network.denied.put("eni-2", "UnauthorizedOperation");

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided.explanation().startsWith("partly taken: 1 of 2 interfaces are isolated"),
        decided.explanation());
    assertTrue(
        decided.explanation().contains("eni-2: UnauthorizedOperation"), decided.explanation());

    network.denied.clear();
    assertEquals(ResponseOutcome.TAKEN, enforce(QUARANTINE, Account.finding("f2")).outcome());
    now = now.plus(Duration.ofHours(5));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
  }

  @Test
  void promise11WhereNothingCouldBeChangedNothingIsLeftToUndo() {
    network.denied.put("eni-1", "UnauthorizedOperation");
    network.denied.put("eni-2", "UnauthorizedOperation");

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().startsWith("not taken: "), decided.explanation());
    assertEquals(2, network.changes.size(), "a refusal is not tried again");
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void promise11SuccessIsSeenAndNeverAssumed() {
    network.deaf = true;

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("not in effect yet"), decided.explanation());
  }

  @Test
  void promise11AnInterfaceThatIsAttachedMeanwhileIsCutOffToo() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () ->
                    replace(
                        Account.networkInterface("eni-1", Account.QUARANTINE),
                        Account.networkInterface("eni-2", Account.WEB),
                        Account.networkInterface("eni-3", Account.WEB)))));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-3"));
    now = now.plus(Duration.ofHours(5));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);
    assertEquals(List.of(Account.WEB), groupsOf("eni-3"));
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
  }

  @Test
  void anInterfaceThatTheVpcCniAddsToATaggedInstanceMeanwhileIsCutOffToo() {
    Instance node = tagged("cattleguard:respond", "allowed");
    network.simulated.run(node);
    Instance.Interface added =
        new Instance.Interface(
            "eni-3",
            Account.VPC,
            true,
            false,
            Map.of("node.k8s.amazonaws.com/instance_id", Account.INSTANCE),
            List.of(Account.WEB));
    attachedMeanwhile(node, added);

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-3"));
  }

  @Test
  void promise10AnInterfaceWhoseGroupCouldNotBeRestoredIsLeftAndReported() {
    network.simulated.have(
        new SecurityGroup(
            Account.ID,
            Account.REGION,
            "sg-untagged",
            Account.VPC,
            Map.of(),
            List.of(),
            List.of(),
            0,
            1));
    attachedMeanwhile(
        Account.instance(), Account.networkInterface("eni-3", "sg-untagged", Account.WEB));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .contains(
                "not isolated: eni-3: the release could not restore sg-untagged: missing tag"),
        decided.explanation());
    assertEquals(List.of("sg-untagged", Account.WEB).stream().sorted().toList(), groupsOf("eni-3"));
  }

  /** This happens while the second interface is changed. */
  private void attachedMeanwhile(Instance node, Instance.Interface added) {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () ->
                    network.simulated.run(
                        new Instance(
                            node.account(),
                            node.region(),
                            node.id(),
                            node.vpc(),
                            true,
                            node.launchedAt(),
                            node.tags(),
                            List.of(
                                Account.networkInterface("eni-1", Account.QUARANTINE),
                                Account.networkInterface("eni-2", Account.WEB),
                                added),
                            Optional.empty())))));
  }

  @ParameterizedTest
  @CsvSource({
    "aws:autoscaling:groupName, Auto Scaling group 1 may terminate the instance",
    "karpenter.sh/nodepool, Karpenter node pool 1 may terminate the instance"
  })
  void anOutcomeSaysWhatMayTerminateTheInstanceAndItsEvidence(String tag, String said) {
    network.simulated.run(tagged(tag, "1"));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(decided.explanation().contains(said), decided.explanation());
  }

  @Test
  void anOutcomeOfAnInstanceThatNothingReplacesSaysNothingOfIt() {
    String said = enforce(QUARANTINE, Account.finding("f1")).explanation();

    assertFalse(said.contains("may terminate"), said);
    assertFalse(said.contains("pods"), said);
  }

  @Test
  void promise11ANodeWhosePodsHaveGroupsOfTheirOwnIsNotToldAsIsolated() {
    replace(
        Account.networkInterface("eni-1", Account.WEB),
        new Instance.Interface(
            "eni-2", Account.VPC, true, true, Account.ALLOWED, List.of(Account.WEB)));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .contains(
                "pods with security groups of their own are not isolated (trunk interface"
                    + " eni-2)"),
        decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-2"));
  }

  @Test
  void promise6AnInterfaceThatIsAttachedMeanwhileWithoutTheTagIsLeftAndReported() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () ->
                    replace(
                        Account.networkInterface("eni-1", Account.QUARANTINE),
                        Account.networkInterface("eni-2", Account.WEB),
                        new Instance.Interface(
                            "eni-3", Account.VPC, true, false, Map.of(), List.of(Account.WEB))))));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .contains("2 of 3 interfaces are isolated; not isolated: eni-3: missing tag"),
        decided.explanation());
    assertEquals(List.of(Account.WEB), groupsOf("eni-3"));
    assertTrue(network.changes.stream().noneMatch(one -> one.startsWith("eni-3")));
  }

  @Test
  void aManagedServicesInterfaceIsLeftAndReported() {
    replace(
        Account.networkInterface("eni-1", Account.WEB),
        new Instance.Interface(
            "eni-9", Account.VPC, false, false, Map.of(), List.of(Account.ADMIN)));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided.explanation().contains("eni-9 cannot be changed by this account"),
        decided.explanation());
    assertEquals(List.of("eni-1 -> [" + Account.QUARANTINE + "]"), network.changes);
  }

  @Test
  void aNodesPodsAreSaidToGoWithIt() {
    network.simulated.run(tagged("kubernetes.io/cluster/blue"));

    assertTrue(
        enforce(QUARANTINE, Account.finding("f1"))
            .explanation()
            .contains("the instance is a node of cluster blue"));
  }

  @Test
  void promise10TheLeaseEndsAndExactlyWhatWasThereIsPutBackOnce() {
    enforce(QUARANTINE, Account.finding("f1"));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);
    now = now.plus(Duration.ofHours(4));

    List<ResponseDecided> released = responder.releaseEnded(now);

    assertEquals(1, released.size());
    assertEquals(ResponseOutcome.RELEASED, released.getFirst().outcome());
    assertEquals("quarantine-instance", released.getFirst().action());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
    assertEquals(List.of(), responder.releaseEnded(now), "once");
  }

  @Test
  void promise10AReleaseThatWasInterruptedGoesOnWhereItStopped() {
    enforce(QUARANTINE, Account.finding("f1"));
    network.simulated.setGroups(
        Account.networkInterface("eni-1"), List.of(Account.WEB, Account.ADMIN));
    now = now.plus(Duration.ofHours(4));

    ResponseDecided released = responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
  }

  @Test
  void promise10AReleaseRefusesWhereSomebodyHasChangedTheGroupsMeanwhile() {
    enforce(QUARANTINE, Account.finding("f1"));
    network.simulated.setGroups(Account.networkInterface("eni-2"), List.of(Account.ADMIN));
    network.changes.clear();
    now = now.plus(Duration.ofHours(4));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);

    ResponseDecided refused = responder.releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.REFUSED, refused.outcome());
    assertTrue(refused.explanation().contains("eni-2: " + Account.ADMIN), refused.explanation());
    assertTrue(
        refused.explanation().contains("eni-1: " + Account.WEB + ", " + Account.ADMIN),
        "a person can do it by hand: " + refused.explanation());
    assertEquals(List.of(), network.changes);
    assertEquals(List.of(), responder.releaseEnded(now), "told once");
  }

  @Test
  void promise10AReleaseThatFailsIsTriedAgain() {
    enforce(QUARANTINE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(4));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);

    network.down = true;
    assertEquals(ResponseOutcome.FAILED, responder.releaseEnded(now).getFirst().outcome());
    network.down = false;
    network.deaf = true;
    now = now.plusSeconds(60);
    assertEquals(List.of(), responder.releaseEnded(now), "reported once");
    network.deaf = false;
    now = now.plusSeconds(120);
    assertEquals(ResponseOutcome.RELEASED, responder.releaseEnded(now).getFirst().outcome());
  }

  @Test
  void promise10AnInstanceThatIsGoneIsReleasedWithNothingDone() {
    enforce(QUARANTINE, Account.finding("f1"));
    network.simulated.terminate(Account.INSTANCE);
    now = now.plus(Duration.ofHours(4));

    assertTrue(
        responder(Mode.ENFORCE, QUARANTINE)
            .releaseEnded(now)
            .getFirst()
            .explanation()
            .contains("the instance is gone"));
  }

  @Test
  void promise5AnInstanceThatWasReleasedMayBeQuarantinedAnew() {
    enforce(QUARANTINE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(4));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);
    now = TestAlerts.AT.plusSeconds(90);

    assertEquals(ResponseOutcome.TAKEN, enforce(QUARANTINE, Account.finding("f2")).outcome());
  }

  // ---- revoke-ingress

  @Test
  void exactlyTheOffendingRuleIsClosedAndNoOther() {
    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of("revoke sgr-ssh"), network.changes);
    assertEquals(
        List.of(Account.https()), network.simulated.group(Account.WEB).orElseThrow().ingress());
    assertTrue(decided.explanation().contains("tcp 22 from 0.0.0.0/0"), decided.explanation());
    assertTrue(decided.target().startsWith("rule sgr-ssh of "), decided.target());
  }

  static Stream<Arguments> objectionsToARevocation() {
    return Stream.of(
        row(
            "through a sensor",
            Account.finding("a", Account.target().cluster("blue").build(), Account.SSH),
            "came from the sensor of blue"),
        row(
            "several groups, so none",
            Account.finding("a", Account.target().securityGroup(null).build(), Account.SSH),
            "does not name one security group"),
        row(
            "another account",
            Account.finding("a", Account.target().account("444455556666").build(), Account.SSH),
            "the security group is in 111122223333"),
        row(
            "outbound",
            Account.finding(
                "a",
                Account.target().build(),
                new ObservedConnection("203.0.113.9", 22, 40_000, "tcp", "outbound")),
            "does not name the inbound peer"),
        row(
            "no port of its own",
            Account.finding(
                "a",
                Account.target().build(),
                new ObservedConnection("203.0.113.9", 40_000, "tcp", "inbound")),
            "does not name the inbound peer"),
        row(
            "no such group",
            Account.finding("a", Account.target().securityGroup("sg-0").build(), Account.SSH),
            "security group sg-0 no longer exists"),
        row(
            "no rule for that port",
            Account.finding(
                "a",
                Account.target().build(),
                new ObservedConnection("203.0.113.9", 40_000, 3_306, "tcp", "inbound")),
            "allows 203.0.113.9 to reach port 3306"),
        row(
            "no rule for that protocol",
            Account.finding(
                "a",
                Account.target().build(),
                new ObservedConnection("203.0.113.9", 40_000, 22, "udp", "inbound")),
            "allows 203.0.113.9 to reach port 22"),
        row(
            "two rules let it in",
            test ->
                test.network.simulated.have(
                    Account.group(
                        Account.WEB,
                        Account.ssh(),
                        Account.rule("sgr-wide", "-1", -1, -1, "203.0.113.0/24"))),
            "2 rules allow the connection; only a single rule is ever revoked: sgr-ssh, sgr-wide"),
        row(
            "a prefix list that nobody reads",
            test ->
                test.network.simulated.have(
                    new SecurityGroup(
                        Account.ID,
                        Account.REGION,
                        Account.WEB,
                        Account.VPC,
                        Account.ALLOWED,
                        List.of(Account.ssh()),
                        List.of(new SecurityGroup.OpaqueRule("sgr-pl", "pl-1", "tcp", 20, 30)),
                        2,
                        2)),
            "cannot tell whether sgr-pl also allows the connection"),
        Arguments.of(
            "a rule for members of a group, to which the peer may belong",
            Account.finding(
                "a",
                Account.target().build(),
                new ObservedConnection("10.0.0.9", 40_000, 22, "tcp", "inbound")),
            (Consumer<NetworkActionsTest>) NetworkActionsTest::openToAGroup,
            "cannot tell whether sgr-sg also allows the connection"),
        row(
            "many others have the group",
            test ->
                test.network.simulated.have(
                    new SecurityGroup(
                        Account.ID,
                        Account.REGION,
                        Account.WEB,
                        Account.VPC,
                        Account.ALLOWED,
                        List.of(Account.ssh()),
                        List.of(),
                        1,
                        11)),
            "11 network interfaces use the security group; the playbook step allows 10"),
        row(
            "no tag",
            test ->
                test.network.simulated.have(
                    new SecurityGroup(
                        Account.ID,
                        Account.REGION,
                        Account.WEB,
                        Account.VPC,
                        Map.of(),
                        List.of(Account.ssh()),
                        List.of(),
                        1,
                        2)),
            "missing tag cattleguard:respond=allowed: " + Account.WEB),
        row(
            "the kill switch",
            test ->
                test.ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH)),
            "the kill switch is on"),
        row("EC2 away", test -> test.network.down = true, ": EC2 is away"));
  }

  private void openToAGroup() {
    network.simulated.have(
        new SecurityGroup(
            Account.ID,
            Account.REGION,
            Account.WEB,
            Account.VPC,
            Account.ALLOWED,
            List.of(Account.ssh()),
            List.of(new SecurityGroup.OpaqueRule("sgr-sg", Account.ADMIN, "-1", -1, -1)),
            2,
            2));
  }

  @Test
  void aRuleForMembersOfAGroupIsNotAboutTheInternet() {
    openToAGroup();

    assertEquals(ResponseOutcome.TAKEN, enforce(REVOKE, Account.finding("f1")).outcome());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objectionsToARevocation")
  void promise6ARevocationIsRefusedWithoutTouchingAnything(
      String sentence, Alert alert, Consumer<NetworkActionsTest> before, String objection) {
    before.accept(this);

    ResponseDecided decided = enforce(REVOKE, alert);

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), sentence);
    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        () -> "expected '" + objection + "' among " + decided.objections());
    assertEquals(List.of(), network.changes);
  }

  @Test
  void promise10TheSameRuleIsOpenedAgainWithItsDescription() {
    enforce(REVOKE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(4));

    ResponseDecided released = responder(Mode.ENFORCE, REVOKE).releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertEquals("revoke-ingress", released.action());
    IngressRule open =
        network.simulated.group(Account.WEB).orElseThrow().ingress().stream()
            .filter(Account.ssh()::isLike)
            .findFirst()
            .orElseThrow();
    assertEquals(Account.ssh().description(), open.description());
  }

  @Test
  void promise10AReleaseToWhichEc2StillShowsTheRevokedRuleOpensItAgain() {
    SecurityGroup before = network.simulated.group(Account.WEB).orElseThrow();
    enforce(REVOKE, Account.finding("f1"));
    network.stale.put(Account.WEB, before);
    now = now.plus(Duration.ofHours(4));

    ResponseDecided released = responder(Mode.ENFORCE, REVOKE).releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertTrue(
        network.simulated.group(Account.WEB).orElseThrow().ingress().stream()
            .anyMatch(Account.ssh()::isLike),
        "told as released");
  }

  @Test
  void promise14ARevokedRuleThatEc2StillShowsWasUndoneByNoOne() {
    SecurityGroup before = network.simulated.group(Account.WEB).orElseThrow();
    enforce(REVOKE, Account.finding("f1"));
    network.changes.clear();
    network.stale.put(Account.WEB, before);

    assertEquals(
        List.of(),
        responder(Mode.ENFORCE, REVOKE).respond(Account.scored(Account.finding("f2")), now, false));
    assertEquals(List.of(), network.changes);
  }

  @Test
  void promise10ARuleThatSomebodyOpenedAgainIsLeftAsItIs() {
    enforce(REVOKE, Account.finding("f1"));
    network.simulated.authorize(Account.ssh());
    network.changes.clear();
    now = now.plus(Duration.ofHours(4));

    ResponseDecided released = responder(Mode.ENFORCE, REVOKE).releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome());
    assertTrue(released.explanation().contains("already restored"));
    assertEquals(List.of(), network.changes);
  }

  @Test
  void promise10ARuleThatSomebodyElseClosedIsNotOpenedByUs() {
    network.instead.put(
        Account.WEB, new ArrayList<>(List.of(() -> network.simulated.revoke(Account.ssh()))));

    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertTrue(decided.explanation().contains("already gone"), decided.explanation());
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  private SecurityGroup web() {
    return network.simulated.group(Account.WEB).orElseThrow();
  }

  /** A rule that a person changes keeps its id. */
  private void edit(String cidr) {
    List<IngressRule> rules =
        web().ingress().stream()
            .map(
                one ->
                    one.id().equals("sgr-ssh") ? Account.rule("sgr-ssh", "tcp", 22, 22, cidr) : one)
            .toList();
    network.simulated.have(Account.group(Account.WEB, rules.toArray(IngressRule[]::new)));
  }

  @Test
  void promise11ARuleThatAPersonChangesBackIsNotToldAsGone() {
    network.instead.put(Account.WEB, new ArrayList<>(List.of(() -> edit("192.0.2.7/32"))));
    network.instead.put("group", new ArrayList<>(List.of(() -> {}, () -> edit("0.0.0.0/0"))));

    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("changed back"), decided.explanation());
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void promise11ARuleThatAPersonNarrowedAndThatStillLetsTheAttackerInIsNotToldAsGone() {
    network.instead.put(Account.WEB, new ArrayList<>(List.of(() -> edit("203.0.113.0/24"))));

    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.explanation().contains("rule sgr-ssh allows the connection too"),
        decided.explanation());
  }

  @Test
  void promise11ARuleThatWasAddedMeanwhileIsToldAndTheLeaseStays() {
    IngressRule more = Account.rule("sgr-more", "tcp", 0, 1_024, "203.0.113.0/24");
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () ->
                    network.simulated.have(
                        Account.group(Account.WEB, Account.ssh(), Account.https(), more)))));

    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.explanation().contains("the rule was revoked, but rule sgr-more allows"),
        decided.explanation());
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  @Test
  void promise11ARuleThatAPersonChangesBackLaterIsRevokedForTheNextAlert() {
    network.instead.put(Account.WEB, new ArrayList<>(List.of(() -> edit("192.0.2.7/32"))));
    ResponseDecided first = enforce(REVOKE, Account.finding("f1"));
    assertEquals(ResponseOutcome.TAKEN, first.outcome(), first.explanation());
    edit("0.0.0.0/0");
    now = now.plus(Duration.ofMinutes(2));

    ResponseDecided second = enforce(REVOKE, Account.finding("f2"));

    assertEquals(ResponseOutcome.TAKEN, second.outcome(), second.explanation());
    assertEquals(List.of("sgr-https"), web().ingress().stream().map(IngressRule::id).toList());
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  @Test
  void promise10ARuleThatEc2DoesNotShowYetIsNotToldAsAFailure() {
    enforce(REVOKE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(5));
    network.stale.put(Account.WEB, web());

    assertEquals(List.of(), responder(Mode.ENFORCE, REVOKE).releaseEnded(now));
    network.stale.clear();
    now = now.plus(Duration.ofMinutes(1));
    List<ResponseDecided> told = responder(Mode.ENFORCE, REVOKE).releaseEnded(now);

    assertEquals(
        List.of(ResponseOutcome.RELEASED), told.stream().map(ResponseDecided::outcome).toList());
    assertEquals(2, web().ingress().size());
  }

  @Test
  void promise10ARuleThatEc2NeverShowsIsToldOnceAsAFailure() {
    enforce(REVOKE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(5));
    network.stale.put(Account.WEB, web());
    List<ResponseDecided> told = new ArrayList<>();
    for (int minute = 0; minute < 30; minute++) {
      told.addAll(responder(Mode.ENFORCE, REVOKE).releaseEnded(now));
      assertEquals(minute < 2 ? 0 : 1, told.size(), "minute " + minute);
      now = now.plus(Duration.ofMinutes(1));
    }

    assertEquals(ResponseOutcome.FAILED, told.getFirst().outcome());
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  /** EC2 shows the groups before the quarantine for a moment. */
  @Test
  void promise10InterfacesThatLookRestoredAreRestored() {
    Instance before = network.simulated.instance(Account.INSTANCE).orElseThrow();
    enforce(QUARANTINE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(5));
    network.staleInstances.add(before);

    ResponseDecided released = responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
  }

  /** This responder cannot retry later, so it does not wait until EC2 shows the quarantine. */
  @Test
  void promise11AQuarantineThatDoesNotShowYetIsNotSaidToBeUndone() {
    Instance before = network.simulated.instance(Account.INSTANCE).orElseThrow();
    enforce(QUARANTINE, Account.finding("f1"));
    network.staleInstances.addAll(List.of(before, before));

    ResponseDecided again = enforce(QUARANTINE, Account.finding("f2"));

    assertEquals(ResponseOutcome.TAKEN, again.outcome(), again.explanation());
    assertTrue(again.explanation().contains("does not show"), again.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-1"));
    now = now.plus(Duration.ofHours(5));
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst().outcome());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
  }

  /**
   * EC2 still shows an earlier quarantine, which has ended, of an interface that was not changed.
   */
  @Test
  void promise11AnInterfaceThatEc2DidNotChangeIsNotToldAsQuarantinedByAnOlderState() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () -> {
                  network.staleInstances.add(quarantined());
                  throw new Unavailable("RequestLimitExceeded");
                })));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-2"));
  }

  /** The same, but the process was killed and its alert is retried immediately. */
  @Test
  void promise11WhatAKilledAttemptDidIsNotJudgedByAnOlderState() {
    network.instead.put(
        "eni-2",
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    now =
        Objects.requireNonNull(Account.finding("f1").observedAt())
            .plus(Duration.ofMinutes(30))
            .minusSeconds(1);
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
    Containment begun = ledger.live().getFirst();
    ledger.expire(begun.key(), "f1", now);
    now = now.plusSeconds(5);
    network.staleInstances.addAll(List.of(quarantined(), quarantined(), quarantined()));

    assertThrows(Unavailable.class, () -> enforce(QUARANTINE, Account.finding("f1")));

    network.staleInstances.clear();
    now = begun.since().plus(QUARANTINE.settling());
    ResponseDecided told = enforce(QUARANTINE, Account.finding("f1"));
    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertTrue(told.explanation().contains("1 of 2 interfaces are isolated"), told.explanation());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void promise10AQuarantineThatEc2DoesNotShowInTimeIsUndoneInTheEnd(boolean accepted) {
    network.deaf = true;
    if (!accepted) {
      for (String one : List.of("eni-1", "eni-2")) {
        network.instead.put(
            one,
            new ArrayList<>(
                Collections.nCopies(
                    100,
                    () -> {
                      throw new Unavailable("no answer");
                    })));
      }
    }

    ResponseDecided told = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertTrue(
        told.explanation().contains(accepted ? "not in effect yet" : "no answer"),
        told.explanation());
    assertFalse(told.leaseUntil() == null);
    network.instead.clear();
    replace(quarantined().interfaces().toArray(Instance.Interface[]::new));
    network.deaf = false;
    now = now.plus(Duration.ofHours(5));
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst().outcome());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
  }

  /** EC2 still shows the quarantine that was just released, and not yet the new one. */
  @Test
  void promise11AnEarlierQuarantineIsNotToldAsTheNewOne() {
    enforce(QUARANTINE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(5));
    assertEquals(1, responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).size());
    now = now.plusSeconds(2);
    network.deaf = true;
    network.instead.put(
        "eni-2", new ArrayList<>(List.of(() -> network.staleInstances.add(quarantined()))));

    ResponseDecided told = enforce(QUARANTINE, Account.at(Account.finding("f2"), now));

    assertEquals(ResponseOutcome.FAILED, told.outcome(), told.explanation());
    assertEquals(List.of(Account.WEB), groupsOf("eni-2"));
  }

  @Test
  void promise11ADeniedQuarantineIsNotToldAsPartlyTakenByAnOlderState() {
    network.denied.put("eni-1", "UnauthorizedOperation");
    network.denied.put("eni-2", "UnauthorizedOperation");
    network.instead.put(
        "eni-2", new ArrayList<>(List.of(() -> network.staleInstances.add(quarantined()))));

    ResponseDecided told = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, told.outcome());
    assertTrue(told.explanation().startsWith("not taken: eni-1: "), told.explanation());
  }

  /** The call without an answer took effect. */
  @Test
  void promise10TheGroupsOfAnInterfaceThatWasChangedWithoutAnAnswerAreRestored() {
    Instance older = network.simulated.instance(Account.INSTANCE).orElseThrow();
    replace(
        Account.networkInterface("eni-1", Account.WEB),
        Account.networkInterface("eni-2", Account.WEB));
    network.instead.put(
        "eni-1",
        new ArrayList<>(
            List.of(
                () -> {
                  replace(
                      Account.networkInterface("eni-1", Account.QUARANTINE),
                      Account.networkInterface("eni-2", Account.WEB));
                  network.staleInstances.addAll(List.of(older, older));
                  throw new Unavailable("no answer");
                })));

    enforce(QUARANTINE, Account.finding("f1"));
    now = now.plus(Duration.ofHours(5));
    responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now);

    assertEquals(List.of(Account.WEB), groupsOf("eni-1"));
  }

  @Test
  void anInterruptedQuarantineSaysSoOfEachInterface() {
    network.instead.put(
        "eni-1",
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, QUARANTINE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
    now = now.plusSeconds(3_600);

    assertEquals(
        "not taken: eni-1: the attempt was interrupted; eni-2: the attempt was interrupted",
        enforce(QUARANTINE, Account.finding("f1")).explanation());
  }

  /** EC2 shows the groups from before a person's change, although it has accepted the isolation. */
  @Test
  void promise10TheGroupsThatAPersonGaveShortlyBeforeTheQuarantineAreRestored() {
    Instance older = network.simulated.instance(Account.INSTANCE).orElseThrow();
    replace(
        Account.networkInterface("eni-1", Account.WEB),
        Account.networkInterface("eni-2", Account.WEB));
    network.instead.put(
        "eni-2",
        new ArrayList<>(List.of(() -> network.staleInstances.addAll(List.of(older, older)))));

    assertEquals(ResponseOutcome.TAKEN, enforce(QUARANTINE, Account.finding("f1")).outcome());

    assertEquals(List.of(), network.staleInstances);
    now = now.plus(Duration.ofHours(5));
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst().outcome());
    assertEquals(List.of(Account.WEB), groupsOf("eni-1"), older.groupsInWords());
  }

  private static Instance quarantined() {
    return Account.instance(
        Account.networkInterface("eni-1", Account.QUARANTINE),
        Account.networkInterface("eni-2", Account.QUARANTINE));
  }

  @Test
  void promise11AQuarantineThatLooksInPlaceForAMomentIsMade() {
    network.staleInstances.addAll(List.of(quarantined(), quarantined()));

    ResponseDecided decided = enforce(QUARANTINE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Account.QUARANTINE), groupsOf("eni-1"));
    now = now.plus(Duration.ofHours(5));
    assertEquals(
        ResponseOutcome.RELEASED,
        responder(Mode.ENFORCE, QUARANTINE).releaseEnded(now).getFirst().outcome());
    assertEquals(List.of(Account.WEB, Account.ADMIN), groupsOf("eni-1"));
  }

  @Test
  void promise5WhoIsKilledBeforeClosingTheRuleClosesItWhenItComesAgain() {
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, REVOKE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));

    now = now.plusSeconds(150);
    assertEquals(ResponseOutcome.TAKEN, enforce(REVOKE, Account.finding("f1")).outcome());
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  /** Its id shows that no attempt revoked it; restoring it would undo the person's change. */
  @Test
  void promise10ARuleThatAPersonNarrowedAfterAKilledAttemptIsNotOpenedAgain() {
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () -> {
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, REVOKE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));
    edit("192.0.2.7/32");
    network.changes.clear();
    now = now.plus(Duration.ofHours(5));

    ResponseDecided released = responder.releaseEnded(now).getFirst();

    assertEquals(ResponseOutcome.REFUSED, released.outcome(), released.explanation());
    assertEquals(
        "lease expired: rule sgr-ssh was changed and not revoked, so it stays as it is; now tcp"
            + " 22 from 192.0.2.7/32; before tcp 22 from 0.0.0.0/0",
        released.explanation());
    assertEquals(List.of(), network.changes);
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  @Test
  void promise5WhoIsKilledAfterClosingTheRuleSaysThatItIsClosed() {
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () -> {
                  network.simulated.revoke(Account.ssh());
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, REVOKE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));

    now = now.plusSeconds(150);
    ResponseDecided told = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.TAKEN, told.outcome(), told.explanation());
    assertTrue(told.explanation().contains("was interrupted"), told.explanation());
    assertEquals(told, enforce(REVOKE, Account.finding("f1")));
    now = now.plus(Duration.ofHours(5));
    assertEquals(ResponseOutcome.RELEASED, responder.releaseEnded(now).getFirst().outcome());
  }

  @Test
  void promise11WhoIsKilledAfterClosingTheRuleNamesAnotherOneThatLetsTheAttackerIn() {
    network.instead.put(
        Account.WEB,
        new ArrayList<>(
            List.of(
                () -> {
                  network.simulated.have(
                      Account.group(
                          Account.WEB,
                          Account.rule("sgr-new", "tcp", 22, 22, "203.0.113.0/24"),
                          Account.rule("sgr-wide", "tcp", 20, 30, "203.0.113.0/24")));
                  throw new Killed();
                })));
    Responder responder = responder(Mode.ENFORCE, REVOKE);
    assertThrows(
        Killed.class, () -> responder.respond(Account.scored(Account.finding("f1")), now, false));

    now = now.plusSeconds(150);
    ResponseDecided told = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, told.outcome(), told.explanation());
    assertTrue(
        told.explanation().contains("rule sgr-new allows the connection too"), told.explanation());
    assertEquals(1, ledger.endedBy(Instant.MAX).size());
  }

  @Test
  void promise5TwoFindingsAboutOneRuleCloseItOnce() {
    enforce(REVOKE, Account.finding("f1"));
    ResponseDecided second = enforce(REVOKE, Account.finding("f2"));

    assertEquals(ResponseOutcome.REFUSED, second.outcome());
    assertEquals(1, network.changes.size());
  }

  @Test
  void promise11ARuleThatIsStillThereIsToldAsNotClosed() {
    network.deaf = true;

    ResponseDecided decided = enforce(REVOKE, Account.finding("f1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("still exists"), decided.explanation());
  }

  @Test
  void aBudgetIsSharedByWhatIsDoneToOneGroup() {
    Playbook one =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            Mode.ENFORCE,
            Duration.ofMinutes(30),
            List.of(REVOKE),
            new Budget(Budget.Per.WORKLOAD, 1, Duration.ofMinutes(10)));
    Responder responder =
        new Responder(
            new Playbooks(List.of(one), Actions.registered()),
            Places.of(AwsScope.class, AwsScope.of(network.port())),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));
    responder.respond(Account.scored(Account.finding("f1")), now, false);

    ResponseDecided second =
        responder
            .respond(
                Account.scored(
                    Account.finding(
                        "f2",
                        Account.target().build(),
                        new ObservedConnection("203.0.113.9", 1, 443, "tcp", "inbound"))),
                now,
                false)
            .getFirst();

    assertEquals(ResponseOutcome.REFUSED, second.outcome());
    assertTrue(second.explanation().contains("budget is used up"), second.explanation());
    assertEquals(List.of("revoke sgr-ssh"), network.changes);
  }
}
