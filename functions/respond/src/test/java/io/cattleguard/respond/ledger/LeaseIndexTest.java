package io.cattleguard.respond.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The index finds each containment that is due, whatever other processes write meanwhile, and the
 * table deletes nothing that is needed.
 */
final class LeaseIndexTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final Instant UNTIL = NOW.plus(Duration.ofHours(4));
  private static final OperatorOrder ANN = new OperatorOrder("ann@example.com", "ours");
  private static final Ledger.Key KEY = new Ledger.Key("isolate-pod", "uid-1");

  private final SharedMap table = new SharedMap();
  private final StoredLedger ledger = new StoredLedger(table);
  private final StoredLedger another = new StoredLedger(table);

  private static Containment until(Instant until) {
    return new Containment(
        KEY.action(), KEY.uid(), JsonNodeFactory.instance.objectNode(), "shell", NOW, until, "{}");
  }

  private List<Ledger.Key> due(Instant at) {
    return ledger.endedBy(at).stream().map(Containment::key).toList();
  }

  @Test
  void promise14AnUndoIsDueAlthoughAnAlertIsStoredAtTheSameTime() {
    ledger.remember(until(UNTIL));
    Instant now = NOW.plusSeconds(60);
    table.beforeIndex =
        () -> {
          another.change(KEY, one -> one.undoneBy(ANN, now));
          another.change(KEY, one -> one.alertedAt(now));
        };

    ledger.change(KEY, one -> one.alertedAt(now.minusSeconds(1)));

    assertEquals(List.of(KEY), due(now));
  }

  @Test
  void promise14AnUndoIsDueAlthoughAnExtensionIsRefusedAtTheSameTime() {
    ledger.remember(until(UNTIL));
    Instant now = NOW.plusSeconds(60);
    table.beforeIndex = () -> another.change(KEY, one -> one.undoneBy(ANN, now));

    assertThrows(
        IllegalArgumentException.class,
        () ->
            ledger.change(
                KEY,
                one -> {
                  if (one.undo().isPresent()) {
                    throw new IllegalArgumentException("it is to be undone");
                  }
                  return one.extendedTo(UNTIL.plusSeconds(60));
                }));

    assertEquals(List.of(KEY), due(now));
  }

  /** Its lease may be shorter than the difference of two clocks. */
  @Test
  void promise10ASweepBetweenTheIndexAndTheContainmentLosesNothing() {
    Instant until = NOW.plusSeconds(60);
    table.beforeContainment =
        () -> assertEquals(List.of(), another.endedBy(until.plus(Duration.ofMinutes(1))));

    ledger.remember(until(until));

    assertEquals(List.of(KEY), due(until));
  }

  /** A person's extension, or a sweep's, may be killed, or the table may reject its last write. */
  @Test
  void promise10AnExtensionThatIsNotStoredDoesNotDelayTheRelease() {
    ledger.remember(until(UNTIL));
    table.beforeContainment =
        () -> {
          throw new Unavailable("throttled");
        };

    assertThrows(
        Unavailable.class, () -> ledger.change(KEY, one -> one.extendedTo(UNTIL.plusSeconds(60))));

    assertEquals(List.of(KEY), due(UNTIL));
  }

  /** The same where another process has stored the containment again with a later end. */
  @Test
  void promise10AnActionThatIsNotStoredAgainDoesNotDelayTheRelease() {
    ledger.remember(until(UNTIL));
    table.beforeContainment =
        () -> {
          throw new Unavailable("throttled");
        };

    assertThrows(Unavailable.class, () -> ledger.remember(until(UNTIL.plusSeconds(60))));

    assertEquals(List.of(KEY), due(UNTIL));
  }

  /** The index has the new end of an extended lease last. */
  @Test
  void promise14AnUndoIsDueAlthoughAnExtensionIsListedAfterIt() {
    ledger.remember(until(UNTIL));
    Instant now = NOW.plusSeconds(60);
    table.afterContainment = () -> another.change(KEY, one -> one.undoneBy(ANN, now));

    ledger.change(KEY, one -> one.extendedTo(UNTIL.plusSeconds(60)));

    assertEquals(List.of(KEY), due(now));
  }

  /** What another process has listed, and stores in a moment, stays listed. */
  @Test
  void promise14AnUndoIsDueAlthoughAnotherChangeListsItsTimeBeforeIt() {
    ledger.remember(until(UNTIL));
    Instant now = NOW.plusSeconds(60);
    table.beforeContainment = () -> another.change(KEY, one -> one.seen(Containment.Effect.SEEN));

    ledger.change(KEY, one -> one.undoneBy(ANN, now));

    assertEquals(List.of(KEY), due(now));
  }

  @Test
  void anExtensionThatIsStoredIsListedWithItsNewEnd() {
    ledger.remember(until(UNTIL));

    ledger.change(KEY, one -> one.extendedTo(UNTIL.plusSeconds(60)));

    assertEquals(
        "{\"due\":{\"isolate-pod/uid-1\":\"" + UNTIL.plusSeconds(60) + "\"}}",
        table.read("live-containments").orElseThrow().text());
  }

  /** A playbook may have a budget per quarter. */
  @Test
  void promise12TheTableKeepsABudgetForAsLongAsItsWindow() {
    Duration quarter = Duration.ofDays(90);

    ledger.spend("web-shell", "uid-1", NOW, quarter, 3);

    assertFalse(table.expires.getOrDefault("budget/web-shell", NOW).isBefore(NOW.plus(quarter)));
  }

  /** A table in memory. */
  private static final class SharedMap implements VersionedTable {
    private final Map<String, State> states = new TreeMap<>();

    /** When the table may delete each state. */
    private final Map<String, Instant> expires = new TreeMap<>();

    /** What another process does right before the next read of the index. */
    private Runnable beforeIndex = () -> {};

    /** What another process does right before the next write of a containment. */
    private Runnable beforeContainment = () -> {};

    /** What another process does right after the next write of a containment. */
    private Runnable afterContainment = () -> {};

    @Override
    public Optional<State> remembered(String key) {
      return Optional.empty();
    }

    @Override
    public Optional<State> read(String key) {
      if (key.equals("live-containments")) {
        Runnable other = beforeIndex;
        beforeIndex = () -> {};
        other.run();
      }
      return Optional.ofNullable(states.get(key));
    }

    @Override
    public List<State> readAll(Collection<String> keys) {
      return keys.stream().filter(states::containsKey).map(states::get).toList();
    }

    @Override
    public Optional<State> store(State next, long expectedVersion, Instant until) {
      if (next.key().startsWith("containment/")) {
        Runnable other = beforeContainment;
        beforeContainment = () -> {};
        other.run();
      }
      State before = states.get(next.key());
      if ((before == null ? 0 : before.version()) != expectedVersion) {
        return Optional.of(before == null ? new State(next.key(), 0, "") : before);
      }
      states.put(next.key(), next);
      expires.put(next.key(), until);
      if (next.key().startsWith("containment/")) {
        Runnable other = afterContainment;
        afterContainment = () -> {};
        other.run();
      }
      return Optional.empty();
    }

    @Override
    public void delete(String key) {
      states.remove(key);
    }

    @Override
    public List<State> scan(String prefix) {
      return states.values().stream().filter(state -> state.key().startsWith(prefix)).toList();
    }
  }
}
