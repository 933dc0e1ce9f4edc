package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests people's commands to responders. */
final class OperationsTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final OperatorOrder ORDER = new OperatorOrder("ann@example.com", "a pentest");

  private final InMemoryLedger blue = new InMemoryLedger();
  private final InMemoryLedger account = new InMemoryLedger();
  private final Operations operations = new Operations(Map.of("blue", blue, "", account));

  private static Containment containment(String action, String uid) {
    return new Containment(
        action,
        uid,
        JsonNodeFactory.instance.objectNode(),
        "shell",
        NOW,
        NOW.plusSeconds(3_600),
        "{}");
  }

  @Test
  void containmentsOfClustersAndOfTheAccountAreListedWithTheirIds() {
    blue.remember(containment("isolate-pod", "uid-1"));
    account.remember(containment("quarantine-instance", "1/eu/i-1"));

    assertEquals(
        List.of("quarantine-instance/1/eu/i-1", "blue/isolate-pod/uid-1"),
        operations.live().stream().map(Operations.Live::id).toList());
  }

  @Test
  void promise14AnUndoIsDueAtOnceAndAnExtensionLater() {
    blue.remember(containment("isolate-pod", "uid-1"));

    operations.extend("blue/isolate-pod/uid-1", Duration.ofHours(2), NOW);
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    assertEquals(NOW.plusSeconds(3 * 3_600), blue.remembered(key).orElseThrow().until());
    assertEquals(List.of(), blue.endedBy(NOW.plusSeconds(3_600)));

    operations.undo("blue/isolate-pod/uid-1", ORDER, NOW);
    assertEquals(Optional.of(ORDER), blue.endedBy(NOW).getFirst().undo());
  }

  /** The release would end the extended lease, although the person was told that it is extended. */
  @Test
  void promise14WhatIsBeingReleasedIsNotExtended() {
    Containment held = containment("isolate-pod", "uid-1");
    blue.remember(held.inTurn(new Containment.Turn(NOW.plusSeconds(150))));

    assertThrows(
        IllegalArgumentException.class,
        () -> operations.extend("blue/isolate-pod/uid-1", Duration.ofHours(2), NOW));
    assertEquals(held.until(), blue.remembered(held.key()).orElseThrow().until());
    assertTrue(
        operations
            .extend("blue/isolate-pod/uid-1", Duration.ofHours(2), NOW.plusSeconds(150))
            .isPresent());
  }

  /** An extension would delay a failed undo, or an undo that was requested at the same time. */
  @Test
  void promise14AnUndoThatIsAskedForIsNotDelayedByAnExtension() {
    Containment held = containment("isolate-pod", "uid-1");
    Instant later = NOW.plusSeconds(30);
    blue.remember(held.undoneBy(ORDER, NOW).failedAt(NOW));

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> operations.extend("blue/isolate-pod/uid-1", Duration.ofHours(2), later));

    assertEquals(
        "ann@example.com asked for its undo, which is retried until it succeeds",
        refused.getMessage());
    assertEquals(NOW.plusSeconds(60), blue.remembered(held.key()).orElseThrow().due());
  }

  /** EC2 has accepted the release, so an extended lease would be that of an open object. */
  @Test
  void promise11WhatWasReleasedAndStillShowsIsNotExtended() {
    Containment held = containment("isolate-pod", "uid-1");
    blue.remember(held.acceptedAt(NOW));

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                operations.extend(
                    "blue/isolate-pod/uid-1", Duration.ofHours(2), NOW.plusSeconds(5)));

    assertEquals(
        "its release was accepted at "
            + NOW
            + " and does not show yet, so it may not be contained any more",
        refused.getMessage());
    assertEquals(held.until(), blue.remembered(held.key()).orElseThrow().until());
  }

  /** Contexts of EKS are ARNs, and those of OpenShift have slashes too. Messages name them. */
  @Test
  void promise14TheNameOfTheOnlyClusterMayHaveSlashes() {
    Operations only = new Operations(Map.of("", blue));
    blue.remember(containment("isolate-pod", "uid-1"));
    String cluster = "arn:aws:eks:eu-west-1:111122223333:cluster/blue";

    assertEquals(Optional.empty(), only.undo(cluster + "-isolate-pod/uid-1", ORDER, NOW));
    assertTrue(only.extend(cluster + "/isolate-pod/uid-1", Duration.ofHours(1), NOW).isPresent());
    assertTrue(only.undo(cluster + "/isolate-pod/uid-1", ORDER, NOW).isPresent());
  }

  @Test
  void anIdThatIsNotInForceIsNotTaken() {
    assertEquals(Optional.empty(), operations.undo("blue/isolate-pod/uid-9", ORDER, NOW));
    assertEquals(
        Optional.empty(), operations.extend("isolate-pod/uid-9", Duration.ofHours(1), NOW));
  }

  @Test
  void promise14StopAndResumeKeepWhoAndWhy() {
    assertEquals(Optional.empty(), operations.killSwitch());

    operations.stop(ORDER, NOW);
    assertTrue(operations.killSwitch().orElseThrow().on());
    assertEquals("a pentest", operations.killSwitch().orElseThrow().reason());

    operations.resume(new OperatorOrder("bob@example.com", "it is over"), NOW);
    assertFalse(operations.killSwitch().orElseThrow().on());
    assertEquals("bob@example.com", operations.killSwitch().orElseThrow().by());
  }

  @Test
  void aStopFromAClockThatIsAheadCanBeResumed() {
    operations.stop(ORDER, NOW.plusSeconds(86_400));

    assertTrue(operations.resume(new OperatorOrder("bob@example.com", "it is over"), NOW));

    Ledger.Halt halt = operations.killSwitch().orElseThrow();
    assertFalse(halt.on());
    assertFalse(halt.at().isBefore(NOW.plusSeconds(86_400)), "no later state has an earlier time");
  }
}
