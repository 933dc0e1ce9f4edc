package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.WatchedIdentities;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RevokeRoleSessionsTest {
  private static final String POLICY = "cattleguard-revoke-sessions-" + Principals.SESSION;

  private Instant now = TestAlerts.AT.plusSeconds(60);
  private Duration lease = Duration.ofHours(12);
  private final WatchedIdentities iam = new WatchedIdentities(Principals.identities());
  private final InMemoryLedger ledger = new InMemoryLedger();
  private Set<String> protectedPrincipals = Set.of();

  /** Simulates that the process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private Responder responder() {
    EventPattern when =
        EventPattern.compile(
            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
    Playbook playbook =
        new Playbook(
            "test",
            when,
            Mode.ENFORCE,
            Duration.ofMinutes(30),
            List.of(new RevokeRoleSessions(lease)),
            new Budget(Budget.Per.WORKLOAD, 3, Duration.ofHours(1)));
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(
            AwsScope.class,
            AwsScope.of(new NoNetwork()).with(iam.port()).protecting(protectedPrincipals)),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private ResponseDecided enforce(String id) {
    return enforce(Principals.finding(id, Principals.roleTarget().build()));
  }

  private ResponseDecided enforce(Alert alert) {
    List<ResponseDecided> decided = responder().respond(Account.scored(alert), now, false);
    assertEquals(1, decided.size(), decided.toString());
    return decided.getFirst();
  }

  private ResponseDecided release() {
    now = now.plus(Duration.ofHours(13));
    List<ResponseDecided> released = responder().releaseEnded(now);
    assertEquals(1, released.size(), released.toString());
    return released.getFirst();
  }

  private Optional<JsonNode> policy() {
    return iam.simulated.inlinePolicy(Principals.ROLE, POLICY);
  }

  @Test
  void sessionsUpToTheDecisionAreDeniedAndTheReaderIsToldWhatStillWorks() {
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of("deny " + POLICY), iam.changes);
    assertEquals(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
            + "\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\""
            + TestAlerts.AT.plusSeconds(60)
            + "\"}}}]}",
        policy().orElseThrow().toString());
    for (String part :
        List.of(
            "denies everything to sessions of role deploy that began before "
                + TestAlerts.AT.plusSeconds(60),
            "workloads that use the role are denied too until they get new credentials",
            "a principal that can still assume the role gets a new session",
            "stay valid for up to 1 h")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertFalse(decided.explanation().contains("work again"), decided.explanation());
    assertEquals(TestAlerts.AT.plusSeconds(60).plus(lease), decided.leaseUntil());
    assertEquals(
        "sessions of role deploy up to that with access key ASIAIOSFODNN7EXAMPLE (account"
            + " 111122223333)",
        decided.target());
  }

  @Test
  void aLeaseThatEndsBeforeTheSessionsDoIsTold() {
    lease = Duration.ofMinutes(30);

    assertTrue(enforce("f1").explanation().contains("they work again then"));
  }

  @Test
  void promise10ThePolicyIsRemovedWhenTheLeaseEndsAndNoOther() {
    iam.simulated.put(Principals.ROLE, "own", JsonNodeFactory.instance.objectNode());
    ResponseDecided unused = enforce("f1");

    ResponseDecided released = release();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertEquals(List.of("own"), iam.simulated.policiesOf(Principals.ROLE));
    assertEquals(List.of(), ledger.live());
  }

  /**
   * Otherwise an intruder who assumes the role again would be regarded as contained by the first
   * action.
   */
  @Test
  void aFindingAboutALaterSessionDeniesThatToo() {
    ResponseDecided unused = enforce("f1");
    now = now.plus(Duration.ofMinutes(5));
    Target later = Principals.roleTarget().accessKey("ASIAI44QH8DHBEXAMPLE").build();

    ResponseDecided decided = enforce(Principals.finding("f2", later));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(2, iam.simulated.policiesOf(Principals.ROLE).size());
    assertEquals(2, ledger.live().size());
  }

  /** A row: a sentence, the alert, the changes before it, and the expected objection. */
  static Stream<Arguments> objections() {
    return Stream.of(
        row(
            "a sample",
            Principals.finding("a", Principals.roleTarget().build(), "sample"),
            "a sample"),
        row(
            "through a sensor",
            about(Principals.roleTarget().cluster("blue")),
            "came from the sensor of blue"),
        row(
            "no key named",
            about(Principals.roleTarget().accessKey(null)),
            "does not name a role, the access key of its session and its account"),
        row(
            "no role named",
            about(Principals.roleTarget().principal(null)),
            "does not name a role, the access key of its session and its account"),
        row(
            "no account named",
            about(Principals.roleTarget().account(null)),
            "does not name a role, the access key of its session and its account"),
        row(
            "the root user",
            about(Principals.roleTarget().principalType("Root")),
            "only sessions of roles are revoked; the caller is of type Root"),
        row(
            "a caller of no type",
            about(Principals.roleTarget().principalType(null)),
            "does not say whether the caller is a session of a role"),
        row(
            "a key that is not temporary",
            about(Principals.roleTarget().accessKey(Principals.KEY)),
            "does not name a temporary access key"),
        row(
            "a key that an attacker made up",
            about(Principals.roleTarget().accessKey("ASIA/../administrator")),
            "does not name a temporary access key"),
        row(
            "a role that is gone",
            about(Principals.roleTarget().principal("nobody")),
            "role nobody no longer exists"),
        row(
            "another account",
            about(Principals.roleTarget().account("444455556666")),
            "is about account 444455556666; the role is in 111122223333"),
        row(
            "a role that was created after the alert",
            test ->
                test.iam.simulated.have(
                    new Role(
                        Account.ID,
                        Principals.ROLE,
                        "AROAI44QH8DHBEXAMPLE2",
                        "/",
                        TestAlerts.AT.plusSeconds(2),
                        Duration.ofHours(1),
                        Account.ALLOWED,
                        List.of())),
            "the role was created 2 s after the alert"),
        row(
            "a service-linked role",
            test -> test.role(Account.ALLOWED, "/aws-service-role/eks.amazonaws.com/"),
            "role deploy belongs to AWS (path /aws-service-role/)"),
        row(
            "a role of IAM Identity Center",
            test -> test.role(Account.ALLOWED, "/aws-reserved/sso.amazonaws.com/"),
            "role deploy belongs to AWS (path /aws-reserved/)"),
        row(
            "a role of nodes",
            test -> test.role(Account.ALLOWED, "/", "Other", "AmazonEKSWorkerNodePolicy"),
            "a cluster of EKS needs role deploy (policy AmazonEKSWorkerNodePolicy)"),
        row(
            "a protected role",
            test ->
                test.role(
                    Map.of("cattleguard:respond", "allowed", "cattleguard:protected", ""), "/"),
            "role deploy is tagged cattleguard:protected"),
        row(
            "a listed role",
            test -> test.protectedPrincipals = Set.of(Principals.ROLE),
            "role deploy is one of the protected principals"),
        row(
            "a role without the tag",
            test -> test.role(Map.of(), "/"),
            "missing tag cattleguard:respond=allowed: role deploy"),
        row("IAM away", test -> test.iam.down = true, "cannot read the role: IAM is away"));
  }

  private void role(Map<String, String> tags, String path, String... managedPolicies) {
    iam.simulated.have(Principals.role(tags, path, managedPolicies));
  }

  private static Alert about(Target.Builder target) {
    return Principals.finding("a", target.build());
  }

  private static Arguments row(String sentence, Alert alert, String objection) {
    Consumer<RevokeRoleSessionsTest> nothing = test -> {};
    return Arguments.of(sentence, alert, nothing, objection);
  }

  private static Arguments row(
      String sentence, Consumer<RevokeRoleSessionsTest> before, String objection) {
    return Arguments.of(sentence, about(Principals.roleTarget()), before, objection);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objections")
  void promise6WhatMayNotBeTouchedIsNot(
      String sentence, Alert alert, Consumer<RevokeRoleSessionsTest> before, String objection) {
    before.accept(this);

    ResponseDecided decided = enforce(alert);

    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        sentence + ": " + decided.objections());
    assertEquals(List.of(), iam.changes);
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aPolicyWithTheNameThatIsThereAlreadyIsLeft() {
    iam.simulated.put(Principals.ROLE, POLICY, JsonNodeFactory.instance.objectNode());

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("already has an inline policy"));
    assertEquals(List.of(), iam.changes);
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise11AChangeThatIsNeverSeenIsAFailureWithALease() {
    iam.deaf = true;

    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("IAM does not show"), decided.explanation());
    assertEquals(1, ledger.live().size(), "it may show later");
  }

  @Test
  void aDeniedChangeIsAFailureWithoutALease() {
    iam.denied = Optional.of("AccessDenied");

    assertEquals("not taken: AccessDenied", enforce("f1").explanation());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aCallWithoutAnAnswerIsVerifiedByReading() {
    iam.instead.add(
        () -> {
          iam.simulated.deny(Principals.sessions().revokedAt(now));
          throw new Unavailable("no answer");
        });

    assertEquals(ResponseOutcome.TAKEN, enforce("f1").outcome());
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertEquals(Optional.empty(), policy());
  }

  @Test
  void promise5AnAttemptThatWasKilledIsFinishedWithItsOwnPolicy() {
    iam.instead.add(
        () -> {
          iam.simulated.deny(Principals.sessions().revokedAt(now));
          throw new Killed();
        });
    assertThrows(Killed.class, () -> enforce("f1"));
    Optional<JsonNode> made = policy();
    assertTrue(made.isPresent());

    now = now.plus(Duration.ofMinutes(3));
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(made, policy());
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertEquals(Optional.empty(), policy());
  }

  @Test
  void promise11TheSessionsOfARoleThatIsDeletedDuringAKilledAttemptAreNotToldAsRevoked() {
    iam.instead.add(
        () -> {
          throw new Killed();
        });
    assertThrows(Killed.class, () -> enforce("f1"));
    iam.simulated.deleteRole(Principals.ROLE);

    now = now.plus(Duration.ofMinutes(3));
    ResponseDecided decided = enforce("f1");

    assertEquals("nothing to do: the role was already deleted", decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  /** A row: a sentence, a person's change during the lease, and the reported outcome. */
  static Stream<Arguments> duringTheLease() {
    return Stream.of(
        during(
            "the policy is removed",
            test -> test.iam.simulated.allow(Principals.sessions()),
            "released: inline policy " + POLICY + " was already removed"),
        during(
            "the role is deleted",
            test -> test.iam.simulated.deleteRole(Principals.ROLE),
            "released: the role was deleted"),
        during(
            "the role is created anew",
            test ->
                test.iam.simulated.have(
                    new Role(
                        Account.ID,
                        Principals.ROLE,
                        "AROAI44QH8DHBEXAMPLE2",
                        "/",
                        TestAlerts.AT,
                        Duration.ofHours(1),
                        Account.ALLOWED,
                        List.of())),
            "released: the role was deleted"),
        during(
            "the policy is changed",
            test ->
                test.iam.simulated.put(
                    Principals.ROLE, POLICY, JsonNodeFactory.instance.objectNode()),
            "refused: inline policy "
                + POLICY
                + " of role deploy was changed, so it was not removed"));
  }

  private static Arguments during(
      String sentence, Consumer<RevokeRoleSessionsTest> what, String told) {
    return Arguments.of(sentence, what, told);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("duringTheLease")
  void whatAPersonDidDuringTheLeaseIsLeft(
      String sentence, Consumer<RevokeRoleSessionsTest> what, String told) {
    ResponseDecided unused = enforce("f1");
    what.accept(this);
    Optional<JsonNode> left = policy();

    ResponseDecided released = release();

    assertEquals(
        told,
        released.outcome().jsonName()
            + ": "
            + released.explanation().replace("lease expired: ", ""),
        sentence);
    assertEquals(left, policy());
  }

  /** IAM is eventually consistent. */
  @Test
  void promise10APolicyThatIamDoesNotShowAtTheMomentIsRemoved() {
    ResponseDecided unused = enforce("f1");
    iam.stale.put("inlinePolicy", new ArrayList<>(List.of(Optional.empty())));

    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertEquals(Optional.empty(), policy());
  }

  @Test
  void promise10APolicyThatIamStillShowsIsNotToldAsAFailure() {
    ResponseDecided unused = enforce("f1");
    Optional<JsonNode> before = policy();
    iam.stale.put("inlinePolicy", new ArrayList<>(List.of(before, before)));
    now = now.plus(Duration.ofHours(13));

    assertEquals(List.of(), responder().releaseEnded(now));
    assertEquals(Optional.empty(), policy());
    now = now.plus(Duration.ofMinutes(1));
    assertEquals(ResponseOutcome.RELEASED, responder().releaseEnded(now).getFirst().outcome());
  }

  @Test
  void aDeniedReleaseIsKeptAndRetried() {
    ResponseDecided unused = enforce("f1");
    iam.denied = Optional.of("AccessDenied");

    assertEquals(ResponseOutcome.FAILED, release().outcome());
    iam.denied = Optional.empty();
    assertEquals(ResponseOutcome.RELEASED, release().outcome());
    assertEquals(Optional.empty(), policy());
  }
}
