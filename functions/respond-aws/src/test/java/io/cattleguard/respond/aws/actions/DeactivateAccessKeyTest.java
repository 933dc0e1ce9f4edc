package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.identity.Principals;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.identity.WatchedIdentities;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class DeactivateAccessKeyTest {
  private Instant now = TestAlerts.AT.plusSeconds(60);
  private final WatchedIdentities iam = new WatchedIdentities(Principals.identities());
  private final InMemoryLedger ledger = new InMemoryLedger();
  private Set<String> protectedPrincipals = Set.of();
  private DeactivateAccessKey step = new DeactivateAccessKey();

  /** Simulates that the process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private Responder responder() {
    return responder(DelayQueue.waiting(millis -> now = now.plusMillis(millis)));
  }

  private Responder responder(DelayQueue later) {
    EventPattern when =
        EventPattern.compile(
            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
    Playbook playbook =
        new Playbook(
            "test", when, Mode.ENFORCE, Duration.ofMinutes(30), List.of(step), Budget.DEFAULT);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(
            AwsScope.class,
            AwsScope.of(new NoNetwork()).with(iam.port()).protecting(protectedPrincipals)),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        later);
  }

  private ResponseDecided enforce(String id) {
    return enforce(Principals.finding(id, Principals.target().build()));
  }

  private ResponseDecided enforce(Alert alert) {
    List<ResponseDecided> decided = responder().respond(Account.scored(alert), now, false);
    assertEquals(1, decided.size(), decided.toString());
    return decided.getFirst();
  }

  private ResponseDecided release() {
    now = now.plus(Duration.ofDays(8));
    return releaseNow();
  }

  private ResponseDecided releaseNow() {
    List<ResponseDecided> released = responder().releaseEnded(now);
    assertEquals(1, released.size(), released.toString());
    return released.getFirst();
  }

  private boolean isActive(String key) {
    return iam.simulated.user(Principals.USER).orElseThrow().key(key).orElseThrow().active();
  }

  @Test
  void theKeyOfTheFindingIsDeactivatedAndTheReaderIsToldWhatStillWorks() {
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(Principals.KEY + " -> inactive"), iam.changes);
    assertFalse(isActive(Principals.KEY));
    assertTrue(isActive(Principals.OTHER_KEY));
    for (String part :
        List.of(
            "access key AKIAIOSFODNN7EXAMPLE is inactive",
            "temporary credentials that were obtained with it stay valid until they expire",
            "its other active access keys: AKIAI44QH8DHBEXAMPLE",
            "it stays inactive until a person undoes this, also after the lease")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertEquals(now.plus(Duration.ofDays(7)), decided.leaseUntil());
    assertEquals(
        "access key AKIAIOSFODNN7EXAMPLE of user build (account 111122223333)", decided.target());
  }

  @Test
  void promise10ALeakedKeyIsNotActivatedByATimerAndPeopleAreReminded() {
    ResponseDecided unused = enforce("f1");

    for (int week = 1; week <= 2; week++) {
      ResponseDecided told = release();

      assertEquals(ResponseOutcome.EXTENDED, told.outcome(), told.explanation());
      assertTrue(
          told.explanation().contains("a key that leaked is not activated by a timer"),
          told.explanation());
      assertFalse(isActive(Principals.KEY));
      assertTrue(Objects.requireNonNull(told.leaseUntil()).isAfter(now));
    }

    undo();
    assertEquals(ResponseOutcome.RELEASED, releaseNow().outcome());
    assertTrue(isActive(Principals.KEY), "a person says so");
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise10AContainmentOfAKeyThatIsGoneOrActiveEndsWithItsLease() {
    ResponseDecided unused = enforce("f1");
    iam.simulated.setActive(
        iam.simulated.user(Principals.USER).orElseThrow().key(Principals.KEY).orElseThrow(), true);

    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise6WhileIamCannotBeReadAKeyIsNotActivated() {
    ResponseDecided unused = enforce("f1");
    iam.down = true;
    now = now.plus(Duration.ofDays(8));

    assertThrows(Unavailable.class, () -> responder().releaseEnded(now));

    iam.down = false;
    assertFalse(isActive(Principals.KEY));
    assertEquals(ResponseOutcome.EXTENDED, releaseNow().outcome());
  }

  private void undo() {
    ledger.change(
        ledger.live().getFirst().key(),
        one -> one.undoneBy(new OperatorOrder("ann", "rotated"), now));
  }

  @Test
  void promise10TheKeyIsActiveAgainWhenTheLeaseEndsIfThePlaybookSaysSo() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    assertTrue(
        enforce("f1").explanation().contains("replace the key before the lease ends"),
        "people are told beforehand");

    ResponseDecided released = release();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertTrue(isActive(Principals.KEY));
    assertEquals(List.of(), ledger.live());
  }

  /** A row: a sentence, the alert, the changes before it, and the expected objection. */
  static Stream<Arguments> objections() {
    return Stream.of(
        row("a sample", Principals.finding("a", Principals.target().build(), "sample"), "a sample"),
        row(
            "through a sensor",
            about(Principals.target().cluster("blue")),
            "came from the sensor of blue"),
        row(
            "no key named",
            about(Principals.target().accessKey(null)),
            "does not name an access key, its user and its account"),
        row(
            "no user named",
            about(Principals.target().principal(null)),
            "does not name an access key, its user and its account"),
        row(
            "no account named",
            about(Principals.target().account(null)),
            "does not name an access key, its user and its account"),
        row(
            "the root user's key",
            about(Principals.target().principalType("Root")),
            "only keys of IAM users are deactivated; the caller is of type Root"),
        row(
            "a role",
            about(Principals.target().principalType("AssumedRole")),
            "the caller is of type AssumedRole"),
        row(
            "a caller of no type",
            about(Principals.target().principalType(null)),
            "does not say whether the access key is an IAM user's"),
        row(
            "a session of the user",
            about(Principals.target().accessKey("ASIAIOSFODNN7EXAMPLE")),
            "temporary credentials of the user, which cannot be deactivated"),
        row(
            "a user that is gone",
            about(Principals.target().principal("nobody")),
            "user nobody has no access key AKIAIOSFODNN7EXAMPLE"),
        row(
            "a key of another user",
            about(Principals.target().accessKey("AKIAEXAMPLEEXAMPLEXX")),
            "user build has no access key AKIAEXAMPLEEXAMPLEXX"),
        row(
            "another account",
            about(Principals.target().account("444455556666")),
            "is about account 444455556666; the user is in 111122223333"),
        row(
            "Cattleguard's own key",
            test -> test.iam.simulated.signWith(Principals.KEY),
            "Cattleguard itself uses the access key"),
        row(
            "a protected user",
            test ->
                test.tag(Map.of("cattleguard:respond", "allowed", "cattleguard:protected", "yes")),
            "user build is tagged cattleguard:protected"),
        row(
            "a listed user",
            test -> test.protectedPrincipals = Set.of(Principals.USER),
            "user build is one of the protected principals"),
        row(
            "a listed user, written in another case",
            test -> test.protectedPrincipals = Set.of(Principals.USER.toUpperCase(Locale.ROOT)),
            "user build is one of the protected principals"),
        row(
            "a user without the tag",
            test -> test.tag(Map.of("cattleguard:respond", "restore")),
            "missing tag cattleguard:respond=allowed: user build"),
        row(
            "IAM away",
            test -> test.iam.down = true,
            "cannot read the access keys of the user: IAM is away"));
  }

  private static Alert about(Target.Builder target) {
    return Principals.finding("a", target.build());
  }

  private static Arguments row(String sentence, Alert alert, String objection) {
    Consumer<DeactivateAccessKeyTest> nothing = test -> {};
    return Arguments.of(sentence, alert, nothing, objection);
  }

  private static Arguments row(
      String sentence, Consumer<DeactivateAccessKeyTest> before, String objection) {
    return Arguments.of(sentence, about(Principals.target()), before, objection);
  }

  private void tag(Map<String, String> tags) {
    iam.simulated.have(
        Principals.user(
            tags,
            Principals.key(Principals.KEY, true),
            Principals.key(Principals.OTHER_KEY, true)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objections")
  void promise6WhatMayNotBeTouchedIsNot(
      String sentence, Alert alert, Consumer<DeactivateAccessKeyTest> before, String objection) {
    before.accept(this);

    ResponseDecided decided = enforce(alert);

    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        sentence + ": " + decided.objections());
    assertEquals(List.of(), iam.changes);
    assertEquals(List.of(), ledger.live());
  }

  /** IAM is global, so an alert of any region may be about it. */
  @Test
  void anAlertOfAnotherRegionIsAnswered() {
    Alert elsewhere = about(Principals.target().region("us-east-1"));

    assertEquals(ResponseOutcome.TAKEN, enforce(elsewhere).outcome());
  }

  @Test
  void aKeyThatAPersonDeactivatedIsNeverActivated() {
    iam.simulated.setActive(Principals.key(Principals.KEY, true), false);

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(decided.explanation().contains("was already inactive"), decided.explanation());
    assertEquals(List.of(), iam.changes);
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise11AChangeThatIsNeverSeenIsAFailureWithALease() {
    iam.deaf = true;

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("is still active"), decided.explanation());
    assertEquals(1, ledger.live().size(), "it may show later");
  }

  @Test
  void aDeniedChangeIsAFailureWithoutALease() {
    iam.denied = Optional.of("AccessDenied");

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertEquals("not taken: AccessDenied", decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aCallWithoutAnAnswerIsVerifiedByReading() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    iam.instead.add(
        () -> {
          iam.simulated.setActive(Principals.key(Principals.KEY, true), false);
          throw new Unavailable("no answer");
        });

    assertEquals(ResponseOutcome.TAKEN, enforce("f1").outcome());
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void promise5AnAttemptThatWasKilledIsFinishedWithTheStateFromBeforeIt() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    iam.instead.add(
        () -> {
          iam.simulated.setActive(Principals.key(Principals.KEY, true), false);
          throw new Killed();
        });
    assertThrows(Killed.class, () -> enforce("f1"));
    assertFalse(isActive(Principals.KEY));

    now = now.plus(Duration.ofMinutes(3));
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(1, ledger.live().size());
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void promise10AReleaseWaitsUntilADeactivationIsVisible() {
    iam.deaf = true;
    Responder responder = responder((again, delay) -> {});
    responder.respond(
        Account.scored(Principals.finding("f1", Principals.target().build())), now, false);
    ledger.change(
        new Ledger.Key("deactivate-access-key", Principals.key(Principals.KEY, true).uid()),
        one -> one.undoneBy(new OperatorOrder("ann@example.com", "a test"), now));
    iam.deaf = false;

    assertEquals(List.of(), responder.releaseEnded(now), "IAM may show the change a moment later");
    iam.simulated.setActive(Principals.key(Principals.KEY, true), false);
    now = now.plusSeconds(61);

    assertEquals(
        List.of(ResponseOutcome.RELEASED),
        responder.releaseEnded(now).stream().map(ResponseDecided::outcome).toList());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void promise11AKeyThatIsActivatedAfterItWasSeenAsInactiveIsDeactivated() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    iam.simulated.setActive(Principals.key(Principals.KEY, true), false);
    iam.meanwhile.add(() -> iam.simulated.setActive(Principals.key(Principals.KEY, false), true));

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertFalse(isActive(Principals.KEY));
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void promise11AKeyThatIsDeletedDuringAKilledAttemptIsNotToldAsDeactivated() {
    iam.instead.add(
        () -> {
          throw new Killed();
        });
    assertThrows(Killed.class, () -> enforce("f1"));
    iam.simulated.have(
        Principals.user(Account.ALLOWED, Principals.key(Principals.OTHER_KEY, true)));

    now = now.plus(Duration.ofMinutes(3));
    ResponseDecided decided = enforce("f1");

    assertEquals("nothing to do: the access key was already deleted", decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  /**
   * A row: a sentence, a person's change during the lease, the reported outcome, and the changes.
   */
  static Stream<Arguments> duringTheLease() {
    return Stream.of(
        during(
            "the key is deleted",
            test ->
                test.iam.simulated.have(
                    Principals.user(Account.ALLOWED, Principals.key(Principals.OTHER_KEY, true))),
            "released: the access key was deleted"),
        during(
            "the user is deleted",
            test -> test.iam.simulated.delete(Principals.USER),
            "released: the access key was deleted"),
        during(
            "the key is activated",
            test -> test.iam.simulated.setActive(Principals.key(Principals.KEY, false), true),
            "released: the access key was already active"),
        during(
            "the user is protected",
            test ->
                test.iam.simulated.have(
                    Principals.user(
                        Map.of("cattleguard:protected", ""),
                        Principals.key(Principals.KEY, false))),
            "refused: the access key stays inactive: user build is tagged cattleguard:protected"));
  }

  private static Arguments during(
      String sentence, Consumer<DeactivateAccessKeyTest> what, String told) {
    return Arguments.of(sentence, what, told);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("duringTheLease")
  void whatAPersonDidDuringTheLeaseIsLeft(
      String sentence, Consumer<DeactivateAccessKeyTest> what, String told) {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    ResponseDecided unused = enforce("f1");
    what.accept(this);
    Optional<User> left = iam.simulated.user(Principals.USER);

    ResponseDecided released = release();

    assertEquals(
        told,
        released.outcome().jsonName()
            + ": "
            + released.explanation().replace("lease expired: ", ""),
        sentence);
    assertEquals(left, iam.simulated.user(Principals.USER));
  }

  /** IAM is eventually consistent. */
  @Test
  void promise10AKeyThatIamShowsAsBeforeIsActivated() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    Optional<User> before = iam.simulated.user(Principals.USER);
    ResponseDecided unused = enforce("f1");
    iam.stale.put("user", new ArrayList<>(List.of(before)));

    ResponseDecided released = release();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void aKeyThatLooksActiveRightAfterItWasDeactivatedIsDeactivatedAgainOnlyIfItStaysActive() {
    Optional<User> before = iam.simulated.user(Principals.USER);
    ResponseDecided unused = enforce("f1");
    List<DelayedMessage> later = new ArrayList<>();
    Responder responder = responder((message, delay) -> later.add(message));
    iam.stale.put("user", new ArrayList<>(List.of(before, before)));
    Alert second = Principals.finding("f2", Principals.target().build());

    assertEquals(List.of(), responder.respond(Account.scored(second), now, false));
    assertEquals(1, iam.changes.size());
    assertEquals(1, later.size());

    now = now.plusSeconds(40);
    iam.simulated.setActive(Principals.key(Principals.KEY, false), true);
    responder.again(later.getFirst(), now, told -> {});
    assertEquals(2, iam.changes.size());
  }

  @Test
  void promise11AKeyThatIamShowsAsInactiveForAMomentIsNotToldAsInactive() {
    Optional<User> inactive =
        Optional.of(Principals.user(Account.ALLOWED, Principals.key(Principals.KEY, false)));
    iam.stale.put("user", new ArrayList<>(List.of(inactive, inactive, inactive)));

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("is active again"), decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aDeniedReleaseIsKeptAndRetried() {
    step = new DeactivateAccessKey(Duration.ofDays(7), true);
    ResponseDecided unused = enforce("f1");
    iam.denied = Optional.of("AccessDenied");

    ResponseDecided failed = release();

    assertEquals(ResponseOutcome.FAILED, failed.outcome());
    assertTrue(failed.explanation().contains("AccessDenied"), failed.explanation());
    iam.denied = Optional.empty();
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertTrue(isActive(Principals.KEY));
  }

  @Test
  void theSecondFindingAboutTheKeyChangesNothingMore() {
    ResponseDecided unused = enforce("f1");

    Alert second = Principals.finding("f2", Principals.target().build());
    List<ResponseDecided> decided = responder().respond(Account.scored(second), now, false);

    assertEquals(List.of(), decided.stream().map(ResponseDecided::outcome).toList());
    assertEquals(1, iam.changes.size());
  }
}
