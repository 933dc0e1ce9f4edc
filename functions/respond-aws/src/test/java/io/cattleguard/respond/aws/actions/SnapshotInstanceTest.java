package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.InMemoryNetwork;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.InMemorySnapshots;
import io.cattleguard.respond.aws.storage.NoStorage;
import io.cattleguard.respond.aws.storage.Snapshots;
import io.cattleguard.respond.aws.storage.Storage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SnapshotInstanceTest {
  private final InMemoryNetwork network = Account.network();
  private final InMemorySnapshots simulated =
      new InMemorySnapshots(() -> SnapshotInstanceTest.this.drill.now());
  private final List<String> calls = new ArrayList<>();
  private final List<Runnable> after = new ArrayList<>();
  private Optional<String> denied = Optional.empty();
  private boolean down;

  private final Drill drill =
      new Drill(
          new SnapshotInstance(2),
          () -> AwsScope.of(network).with(new Storage(new NoStorage(), new Watched(), Set.of())));

  /** Snapshots that fail on demand. */
  private final class Watched implements Snapshots {
    @Override
    public List<String> volumes(String instance) {
      if (down) {
        throw new Unavailable("EC2 is away");
      }
      return simulated.volumes(instance);
    }

    @Override
    public List<Snapshot> taken(String instance, String evidence) {
      return simulated.taken(instance, evidence);
    }

    @Override
    public Change take(String instance, String evidence) {
      calls.add(evidence);
      if (denied.isPresent()) {
        return new Change.Denied(denied.get());
      }
      Change change = simulated.take(instance, evidence);
      if (!after.isEmpty()) {
        after.removeFirst().run();
      }
      return change;
    }
  }

  @BeforeEach
  void attachVolumes() {
    tag(Account.ALLOWED);
    simulated.attach(Account.INSTANCE, List.of("vol-1", "vol-2"));
  }

  private void tag(Map<String, String> tags) {
    Instance is = Account.instance();
    network.run(
        new Instance(
            is.account(),
            is.region(),
            is.id(),
            is.vpc(),
            true,
            is.launchedAt(),
            tags,
            is.interfaces(),
            Optional.empty()));
  }

  private ResponseDecided enforce(String id) {
    return drill.enforce(Account.finding(id));
  }

  @Test
  void eachVolumeHasASnapshotAndTheReaderIsToldThatTheCopyGoesOn() {
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(List.of("f00d"), calls);
    for (String part :
        List.of(
            "of vol-1 started at 2026-03-02T09:1",
            "of vol-2 started at 2026-03-02T09:1",
            "the content of the moment at which they were started",
            "before you terminate the instance",
            "they stay until you delete them")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertEquals(List.of(), drill.ledger.live(), "nothing is undone");
  }

  @Test
  void whatIsCompleteIsTakenAndWhatFailedIsAFailure() {
    simulated.are("completed");
    assertEquals(ResponseOutcome.TAKEN, enforce("f1").outcome());

    SnapshotInstanceTest other = new SnapshotInstanceTest();
    other.attachVolumes();
    other.simulated.are("error");
    ResponseDecided failed = other.enforce("f1");
    assertEquals(ResponseOutcome.FAILED, failed.outcome());
    assertTrue(failed.explanation().contains("could not complete snap-"), failed.explanation());
  }

  @Test
  void promise6WithoutTheTagWithTooManyVolumesOrNoneOrUnreadNoneIsTaken() {
    tag(Map.of());
    assertTrue(enforce("f1").explanation().contains("missing tag cattleguard:respond=allowed"));
    tag(Account.ALLOWED);
    simulated.attach(Account.INSTANCE, List.of("vol-1", "vol-2", "vol-3"));
    assertTrue(
        enforce("f2").explanation().contains("the instance has 3 volumes; at most 2 may be"));
    simulated.attach(Account.INSTANCE, List.of());
    assertTrue(enforce("f3").explanation().contains("the instance has no EBS volume"));
    down = true;
    assertTrue(enforce("f4").explanation().contains("cannot read the volumes: EC2 is away"));
    assertEquals(List.of(), calls);
  }

  @Test
  void promise5AnAttemptThatWasKilledIsNotRepeated() {
    after.add(
        () -> {
          throw new Drill.Killed();
        });
    assertThrows(Drill.Killed.class, () -> enforce("f1"));

    drill.pass(Duration.ofMinutes(3));
    ResponseDecided decided = enforce("f1");

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.explanation().startsWith("nothing to do: the incident has snapshots already"),
        decided.explanation());
    assertEquals(1, calls.size());
  }

  /** A finding of another incident, or of the same incident by another rule. */
  private static ScoredAlert scored(String id, String fingerprint, String incident, Instant began) {
    ScoredAlert one = Account.scored(Account.at(Account.finding(id), began));
    AcceptedAlert accepted = one.accepted();
    return new ScoredAlert(
        new AcceptedAlert(
            accepted.alert(), fingerprint, accepted.acceptance(), 1, began, began, 1, 1),
        one.score(),
        one.reasons(),
        new Incident(incident, began, "instance", List.of(), List.of(), List.of()));
  }

  private List<ResponseDecided> enforce(ScoredAlert scored) {
    return drill.responder().respond(scored, drill.now(), false);
  }

  @Test
  void eachIncidentHasItsOwnSnapshotsAndTheSecondAlertOfOneTakesNoMore() {
    assertEquals(1, enforce(scored("f1", "f1f1", "one", drill.now())).size());
    Instant second = drill.now();
    drill.pass(Duration.ofHours(1));
    ScoredAlert other = scored("f2", "f2f2", "two", drill.now());

    ResponseDecided decided = enforce(other).getFirst();

    assertEquals(List.of("one", "two"), calls);
    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertFalse(decided.explanation().contains("already"), decided.explanation());
    assertEquals(
        "instance " + Account.INSTANCE + " (account 111122223333, eu-central-1)", decided.target());
    assertTrue(second.isBefore(drill.now()));

    ScoredAlert anotherRule =
        scored("f3", "f3f3", "two", Objects.requireNonNull(other.incident()).openedAt());
    List<ResponseDecided> again = enforce(anotherRule);
    assertEquals(List.of("one", "two"), calls);
    again.forEach(one -> assertFalse(one.outcome() == ResponseOutcome.FAILED, one.explanation()));
  }

  /** A problem that is an incident of its own has the same id each time it occurs. */
  @Test
  void snapshotsFromBeforeTheIncidentAreNotItsEvidence() {
    enforce(scored("f1", "f00d", "f00d", drill.now()));
    drill.pass(Duration.ofDays(20));

    ResponseDecided decided = enforce(scored("f2", "f00d", "f00d", drill.now())).getFirst();

    assertEquals(List.of("f00d", "f00d"), calls);
    assertFalse(decided.explanation().contains("already"), decided.explanation());
    assertFalse(decided.explanation().contains("2026-03-02"), decided.explanation());
    assertTrue(decided.explanation().contains("started at 2026-03-22"), decided.explanation());
  }

  @Test
  void aCallWithoutAnAnswerIsVerifiedByReadingAndADenialIsAFailure() {
    after.add(
        () -> {
          throw new Unavailable("no answer");
        });
    assertEquals(ResponseOutcome.REQUESTED, enforce("f1").outcome());

    SnapshotInstanceTest other = new SnapshotInstanceTest();
    other.attachVolumes();
    other.denied = Optional.of("UnauthorizedOperation");
    assertEquals("not taken: UnauthorizedOperation", other.enforce("f1").explanation());
  }
}
