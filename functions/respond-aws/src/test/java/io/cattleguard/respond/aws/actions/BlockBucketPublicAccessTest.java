package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.Buckets;
import io.cattleguard.respond.aws.storage.InMemoryBuckets;
import io.cattleguard.respond.aws.storage.NoStorage;
import io.cattleguard.respond.aws.storage.PublicAccess;
import io.cattleguard.respond.aws.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class BlockBucketPublicAccessTest {
  private static final String NAME = "reports";
  private static final Duration LEASE = Duration.ofDays(8);

  private final InMemoryBuckets simulated = new InMemoryBuckets();
  private final List<Optional<PublicAccess>> changes = new ArrayList<>();
  private final List<Runnable> before = new ArrayList<>();
  private Optional<String> denied = Optional.empty();
  private Set<String> listed = Set.of(NAME);
  private boolean down;
  private boolean deaf;

  /** The state that the next reads show instead of the real one. */
  private final List<Optional<PublicAccess>> shownFirst = new ArrayList<>();

  private final Drill drill =
      new Drill(
          new BlockBucketPublicAccess(),
          () ->
              AwsScope.of(new NoNetwork())
                  .with(new Storage(new Watched(), new NoStorage(), listed)));

  /** Buckets that record each change, and fail on demand. */
  private final class Watched implements Buckets {
    @Override
    public Optional<Bucket> bucket(String account, String name) {
      if (down) {
        throw new Unavailable("S3 is away");
      }
      Optional<Bucket> is = simulated.bucket(account, name);
      return shownFirst.isEmpty() ? is : is.map(one -> one.with(shownFirst.removeFirst()));
    }

    @Override
    public Change set(Bucket bucket) {
      changes.add(bucket.access());
      if (!before.isEmpty()) {
        before.removeFirst().run();
      }
      if (denied.isPresent()) {
        return new Change.Denied(denied.get());
      }
      return deaf ? new Change.Made() : simulated.set(bucket);
    }
  }

  @BeforeEach
  void haveABucket() {
    have(Map.of(), Optional.empty());
  }

  private void have(Map<String, String> tags, Optional<PublicAccess> access) {
    simulated.have(new Bucket(Account.ID, Account.REGION, NAME, tags, access));
  }

  private static Target.Builder target() {
    return Target.builder()
        .account(Account.ID)
        .region(Account.REGION)
        .resource("arn:aws:s3:::" + NAME);
  }

  private static Alert about(Target.Builder target) {
    return Account.finding("f1", target.build(), ObservedConnection.UNKNOWN);
  }

  private ResponseDecided enforce() {
    return drill.enforce(about(target()));
  }

  private Optional<PublicAccess> access() {
    return simulated.bucket(Account.ID, NAME).orElseThrow().access();
  }

  @Test
  void thePublicIsCutOffAndTheReaderIsToldWhatElseIsAndWhatStillWorks() {
    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals("bucket reports (account 111122223333, eu-central-1)", decided.target());
    assertEquals(Optional.of(PublicAccess.BLOCKED), access());
    for (String part :
        List.of(
            "the bucket blocks all public access",
            "a public web site",
            "URLs that they signed still work",
            "before the lease ends at " + drill.now().plus(Duration.ofDays(7)))) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
  }

  @Test
  void promise10ExactlyThePreviousSettingsComeBack() {
    for (Optional<PublicAccess> access :
        List.of(
            Optional.<PublicAccess>empty(),
            Optional.of(new PublicAccess(false, false, false, false)),
            Optional.of(new PublicAccess(true, false, true, false)))) {
      have(Map.of(), access);
      BlockBucketPublicAccessTest fresh = new BlockBucketPublicAccessTest();
      fresh.have(Map.of(), access);
      assertEquals(ResponseOutcome.TAKEN, fresh.enforce().outcome());

      ResponseDecided released = fresh.drill.release(LEASE);

      assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
      assertEquals(access, fresh.access());
      assertEquals(List.of(), fresh.drill.ledger.live());
    }
  }

  /** A row: a sentence, the alert, the changes before it, and the expected objection. */
  static Stream<Arguments> objections() {
    return Stream.of(
        row("through a sensor", target().cluster("blue"), "came from the sensor of blue"),
        row("no bucket named", target().resource(null), "does not name one bucket"),
        row(
            "an object, not a bucket",
            target().resource("arn:aws:s3:::reports/a"),
            "does not name one bucket"),
        row("a name alone", target().resource(NAME), "does not name one bucket"),
        row("no account named", target().account(null), "does not name one bucket"),
        row(
            "a bucket that is not listed",
            target().resource("arn:aws:s3:::reports-2"),
            "bucket reports-2 is not one of the response buckets"),
        row(
            "another account's",
            target().account("444455556666"),
            "the account has no bucket reports"),
        row("another region", target().region("us-east-1"), "acts only in eu-central-1"),
        row("gone", test -> test.simulated.delete(NAME), "the account has no bucket reports"),
        row(
            "protected",
            test -> test.have(Map.of("cattleguard:protected", ""), Optional.empty()),
            "bucket reports is tagged cattleguard:protected"),
        row("S3 away", test -> test.down = true, "cannot read the bucket: S3 is away"));
  }

  private static Arguments row(String sentence, Target.Builder target, String objection) {
    Consumer<BlockBucketPublicAccessTest> nothing = test -> {};
    return Arguments.of(sentence, about(target), nothing, objection);
  }

  private static Arguments row(
      String sentence, Consumer<BlockBucketPublicAccessTest> before, String objection) {
    return Arguments.of(sentence, about(target()), before, objection);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objections")
  void promise6WhatMayNotBeTouchedIsNot(
      String sentence, Alert alert, Consumer<BlockBucketPublicAccessTest> first, String objection) {
    first.accept(this);

    ResponseDecided decided = drill.enforce(alert);

    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        sentence + ": " + decided.objections());
    assertEquals(List.of(), changes);
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void aBucketThatBlocksEverythingAlreadyIsNeverOpened() {
    have(Map.of(), Optional.of(PublicAccess.BLOCKED));

    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(decided.explanation().contains("already blocked"), decided.explanation());
    assertEquals(List.of(), changes);
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void promise11AChangeThatIsNeverSeenIsAFailureWithALease() {
    deaf = true;

    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertEquals(1, drill.ledger.live().size(), "it may show later");
  }

  @Test
  void aDeniedChangeIsAFailureWithoutALease() {
    denied = Optional.of("AccessDenied");

    ResponseDecided decided = enforce();

    assertEquals("not taken: AccessDenied", decided.explanation());
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void promise5AnAttemptThatWasKilledIsFinishedWithTheStateFromBeforeIt() {
    Optional<PublicAccess> some = Optional.of(new PublicAccess(true, false, false, false));
    have(Map.of(), some);
    before.add(
        () -> {
          have(Map.of(), Optional.of(PublicAccess.BLOCKED));
          throw new Drill.Killed();
        });
    assertThrows(Drill.Killed.class, this::enforce);

    drill.pass(Duration.ofMinutes(3));
    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(some, access());
  }

  @Test
  void whatAPersonChangedBetweenTwoAttemptsIsTheStateFromBefore() {
    have(Map.of(), Optional.of(new PublicAccess(true, true, true, false)));
    before.add(
        () -> {
          throw new Drill.Killed();
        });
    assertThrows(Drill.Killed.class, this::enforce);
    have(Map.of(), Optional.empty());
    drill.pass(Duration.ofMinutes(3));
    assertEquals(ResponseOutcome.TAKEN, enforce().outcome());

    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(Optional.empty(), access());
  }

  @Test
  void whatAPersonChangedDuringTheLeaseIsLeft() {
    ResponseDecided unused = enforce();
    Optional<PublicAccess> theirs = Optional.of(new PublicAccess(true, true, false, false));
    have(Map.of(), theirs);

    ResponseDecided released = drill.release(LEASE);

    assertEquals(ResponseOutcome.RELEASED, released.outcome());
    assertTrue(released.explanation().contains("left as they are"), released.explanation());
    assertEquals(theirs, access());
  }

  @Test
  void aBucketThatWasProtectedSinceStaysBlockedAndADeniedReleaseIsRetried() {
    ResponseDecided unused = enforce();
    denied = Optional.of("AccessDenied");
    assertEquals(ResponseOutcome.FAILED, drill.release(LEASE).outcome());
    denied = Optional.empty();
    have(Map.of("cattleguard:protected", ""), Optional.of(PublicAccess.BLOCKED));

    ResponseDecided refused = drill.release(LEASE);

    assertEquals(ResponseOutcome.REFUSED, refused.outcome());
    assertTrue(refused.explanation().contains("the bucket stays blocked"), refused.explanation());
    assertEquals(Optional.of(PublicAccess.BLOCKED), access());
  }

  @Test
  void promise10AnOlderStateAndADeniedReleaseKeepTheUndo() {
    ResponseDecided unused = enforce();
    denied = Optional.of("AccessDenied");
    shownFirst.add(Optional.empty());

    ResponseDecided failed = drill.release(LEASE);

    assertEquals(ResponseOutcome.FAILED, failed.outcome(), failed.explanation());
    assertEquals(1, drill.ledger.live().size());
    denied = Optional.empty();
    shownFirst.add(Optional.empty());
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(Optional.empty(), access());
  }

  @Test
  void aDeniedReleaseOfWhatAPersonRestoredIsOne() {
    ResponseDecided unused = enforce();
    have(Map.of(), Optional.empty());
    denied = Optional.of("AccessDenied");

    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), drill.ledger.live());
  }
}
