package io.cattleguard.respond.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.metrics.Vitals;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class StoredLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    String table = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new StoredLedger(new DynamoTable(DynamoDbLocal.aws(), table));
  }

  private static int others(Ledger ledger, String budget, String spender, Instant since) {
    return ledger
        .spentByOthers(List.of(new Ledger.Spent(budget, spender, since)))
        .getOrDefault(budget, -1);
  }

  /** Its check is in a queue that survives a restart of the only process. */
  @Test
  void promise5WhoBeginsAloneTakesNothingOverThatWaitsForItsCheck() {
    StoredLedger ledger = (StoredLedger) ledger();
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    ledger.claim(key, "a1", now, Duration.ofMinutes(2));
    Instant until = now.plus(Duration.ofMinutes(30));
    ledger.suspend(
        key,
        new Unverified(
            "a1",
            "shell",
            now,
            now,
            new Unverified.Taken(now, "", List.of(), List.of()),
            JsonNodeFactory.instance.objectNode(),
            "{}"),
        until);

    ledger.forgetHolders(now);

    assertEquals(
        new Ledger.Claim.Held("a1", until), ledger.claim(key, "a2", now, Duration.ofMinutes(2)));
  }

  @Test
  void whoBeginsAloneWaitsForNoDeadHolderAndUndoesNoSettlement() {
    StoredLedger ledger = (StoredLedger) ledger();
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    Ledger.Key held = new Ledger.Key("delete-pod", "held");
    Ledger.Key done = new Ledger.Key("delete-pod", "done");
    ledger.claim(held, "a1", now, Duration.ofMinutes(2));
    ledger.claim(done, "a1", now, Duration.ofMinutes(2));
    Ledger.Settlement settlement =
        new Ledger.Settlement("a1", ResponseOutcome.TAKEN, "deleted", now, Optional.empty());
    ledger.settle(done, settlement);
    Containment due =
        new Containment(
            "isolate-pod", "uid-1", JsonNodeFactory.instance.objectNode(), "shell", now, now, "{}");
    ledger.remember(due);
    ledger.change(
        due.key(), one -> one.inTurn(new Containment.Turn(now.plus(Duration.ofMinutes(2)))));

    ledger.forgetHolders(now);

    assertEquals(List.of(due), ledger.live());

    assertEquals(
        new Ledger.Claim.Granted(true), ledger.claim(held, "a1", now, Duration.ofMinutes(2)));
    assertEquals(
        new Ledger.Claim.Settled(settlement), ledger.claim(done, "a2", now, Duration.ofMinutes(2)));
  }

  @Test
  void promise10ClustersOfOneTableReleaseAndCountEachTheirOwn() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    StoredLedger blue = StoredLedger.of(table, "blue");
    StoredLedger red = StoredLedger.of(table, "red");
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    blue.remember(
        new Containment(
            "isolate-pod", "3f0c", JsonNodeFactory.instance.objectNode(), "shell", now, now, "{}"));
    blue.spend("shell/shop/Deployment/web", "a", now, Duration.ofMinutes(10), 1);

    assertEquals(List.of(), red.endedBy(now), "another cluster has no such pod to release");
    assertEquals(1, blue.endedBy(now).size());
    assertEquals(0, others(red, "shell/shop/Deployment/web", "another", now.minusSeconds(600)));
    assertEquals(1, others(blue, "shell/shop/Deployment/web", "another", now.minusSeconds(600)));
    blue.forget(blue.endedBy(now).getFirst());
    assertEquals(List.of(), blue.endedBy(now));
  }

  /** A table whose next write of a settled claim is lost, with the process that wrote it. */
  private static final class KilledBeforeTheClaim implements VersionedTable {
    private final VersionedTable table;
    private boolean killed;

    private KilledBeforeTheClaim(VersionedTable table) {
      this.table = table;
    }

    @Override
    public Optional<State> remembered(String key) {
      return table.remembered(key);
    }

    @Override
    public Optional<State> read(String key) {
      return table.read(key);
    }

    @Override
    public List<State> readAll(Collection<String> keys) {
      return table.readAll(keys);
    }

    @Override
    public Optional<State> store(State next, long expectedVersion, Instant expires) {
      if (!killed && next.key().startsWith("claim/") && next.text().contains("outcome")) {
        killed = true;
        throw new Unavailable("killed");
      }
      return table.store(next, expectedVersion, expires);
    }

    @Override
    public void delete(String key) {
      table.delete(key);
    }

    @Override
    public List<State> scan(String prefix) {
      return table.scan(prefix);
    }
  }

  @Test
  void promise5AnActionThatIsAnsweredIsNotClaimedAgainByAnotherAlert() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    StoredLedger ledger =
        new StoredLedger(new KilledBeforeTheClaim(new DynamoTable(DynamoDbLocal.aws(), name)));
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    Duration hold = Duration.ofMinutes(2);
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    Ledger.Settlement taken =
        new Ledger.Settlement("a1", ResponseOutcome.TAKEN, "isolated", now, Optional.empty());
    ledger.claim(key, "a1", now, hold);
    assertThrows(Unavailable.class, () -> ledger.settle(key, taken));

    assertEquals(new Ledger.Claim.Held("a1", now.plus(hold)), ledger.claim(key, "a2", now, hold));
    assertEquals(new Ledger.Claim.Settled(taken), ledger.claim(key, "a2", now.plus(hold), hold));
  }

  /** As the first version wrote them: no action, and the subject's fields beside the others. */
  @Test
  void promise10ContainmentsOfTheFirstVersionAreStillUndone() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    String rest =
        "\"playbook\":\"p\",\"since\":\"2026-03-02T09:15:00Z\",\"until\":\"2026-03-02T09:15:00Z\",\"scored\":\"{}\"}";
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    store(table, "blue/containment/3f0c", "{\"namespace\":\"shop\",\"uid\":\"3f0c\"," + rest);
    store(
        table,
        "blue/containment/quarantine-instance/acc/region/i-1",
        "{\"kind\":\"instance\",\"id\":\"i-1\"," + rest);
    StoredLedger ledger = StoredLedger.of(table, "blue");

    List<Containment> ended = ledger.endedBy(now);

    assertEquals(
        Set.of(new Ledger.Key("", "3f0c"), new Ledger.Key("quarantine-instance", "acc/region/i-1")),
        ended.stream().map(Containment::key).collect(Collectors.toSet()));
    assertTrue(
        ended.stream().anyMatch(one -> one.subject().path("namespace").asText().equals("shop")));
    ended.forEach(ledger::forget);
    assertEquals(List.of(), ledger.endedBy(now));
  }

  @Test
  void promise10AContainmentThatCannotBeReadKeepsNoOtherContained() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    StoredLedger ledger = StoredLedger.of(table, "blue");
    store(table, "blue/containment/isolate-pod/1", "{\"until\":\"some day\"}");
    store(table, "blue/containment/isolate-pod/2", "no JSON");
    ledger.remember(
        new Containment(
            "isolate-pod", "3", JsonNodeFactory.instance.objectNode(), "shell", now, now, "{}"));

    List<Containment> ended = ledger.endedBy(now);

    assertEquals(List.of("3"), ended.stream().map(Containment::uid).toList());
    assertEquals(
        Set.of("blue/containment/isolate-pod/1", "blue/containment/isolate-pod/2"),
        Set.copyOf(ledger.unreadableContainments()));
    Vitals vitals = Vitals.of(List.of(ledger), Budget.DEFAULT, now);
    assertEquals(3, vitals.liveContainments());
    assertEquals(2, vitals.failedUndos(), "they are never undone");
  }

  private static Containment isolation(String uid) {
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    return new Containment(
        "isolate-pod", uid, JsonNodeFactory.instance.objectNode(), "shell", now, now, "{}");
  }

  /** DynamoDB stores at most 400 KB in an item; what the index does not list is never released. */
  @Test
  void promise10WhatTheIndexCannotListIsNotContained() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    StoredLedger ledger = StoredLedger.of(table, "blue");
    String entry = "\"isolate-pod/%s\":\"2026-03-02T09:15:00Z\"";
    StringBuilder due = new StringBuilder("{").append(entry.formatted("last"));
    for (int i = 0; due.length() < 299_800; i++) {
      due.append(',').append(entry.formatted(i));
    }
    due.append(',').append(entry.formatted("x".repeat(299_960 - due.length() - entry.length())));
    store(table, "blue/live-containments", "{\"due\":" + due + "}}");
    ledger.remember(isolation("last"));

    ledger.remember(isolation("one-more"));
    Unavailable error =
        assertThrows(Unavailable.class, () -> ledger.remember(isolation("too-many")));

    assertTrue(
        String.valueOf(error.getMessage())
            .startsWith("too many live containments: their index has 300"),
        error.toString());
    assertEquals(Optional.empty(), ledger.remembered(new Ledger.Key("isolate-pod", "too-many")));
    Instant later = Instant.parse("2026-03-02T12:00:00Z");
    assertTrue(
        ledger
            .change(new Ledger.Key("isolate-pod", "last"), one -> one.extendedTo(later))
            .isPresent(),
        "what is listed can be changed");
    ledger.forget(isolation("one-more"));
    ledger.remember(isolation("in-its-place"));
  }

  private static void store(VersionedTable table, String key, String text) {
    assertTrue(
        table
            .store(new VersionedTable.State(key, 1, text), 0, Instant.parse("2100-01-01T00:00:00Z"))
            .isEmpty());
  }

  @Test
  void theKillSwitchOfATableStopsAllOfItsClusters() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    new StoredLedger(table).halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH));

    assertTrue(StoredLedger.of(table, "blue").halted());
  }
}
