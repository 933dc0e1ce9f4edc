package io.cattleguard.edge.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.VersionedTable.State;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests that every versioned table must pass. */
public abstract class VersionedTableContract {
  private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");

  /** The table of the test, which is empty at its start, as a new process sees it. */
  protected abstract VersionedTable table();

  @Test
  void aStateIsStoredAndReplacedByWhoKnewTheOneBefore() {
    VersionedTable table = table();
    assertEquals(Optional.empty(), table.store(new State("k", 1, "a"), 0, LATER));
    assertEquals(Optional.empty(), table.store(new State("k", 2, "b"), 1, LATER));
    assertEquals(Optional.of(new State("k", 2, "b")), table().read("k"));
  }

  @Test
  void whoKnewAnOlderOneIsRefusedWithTheCurrentOneAndKnowsItThen() {
    VersionedTable table = table();
    table.store(new State("k", 1, "a"), 0, LATER);
    VersionedTable other = table();

    assertEquals(
        Optional.of(new State("k", 1, "a")), other.store(new State("k", 1, "b"), 0, LATER));
    assertEquals(Optional.of(new State("k", 1, "a")), other.remembered("k"));
    assertEquals(Optional.of(new State("k", 1, "a")), table.read("k"));
  }

  @Test
  void theSameStateFromTwoIsStoredForOneOfThem() {
    VersionedTable table = table();
    State same = new State("k", 1, "a");

    assertEquals(Optional.empty(), table.store(same, 0, LATER));
    assertEquals(Optional.of(same), table().store(same, 0, LATER));
  }

  @Test
  void ofManyAtOnceOneStores() {
    long stored =
        IntStream.range(0, 8)
            .parallel()
            .filter(i -> table().store(new State("k", 1, "same"), 0, LATER).isEmpty())
            .count();

    assertEquals(1, stored);
  }

  @Test
  void aStateThatIsGoneIsToldAsVersionZero() {
    VersionedTable table = table();
    table.store(new State("k", 1, "a"), 0, LATER);
    table().delete("k");

    assertEquals(Optional.of(new State("k", 0, "")), table.store(new State("k", 2, "b"), 1, LATER));
    assertEquals(Optional.empty(), table.remembered("k"));
    assertEquals(Optional.empty(), table.read("k"));
  }

  @Test
  void aListHasItsStatesThatExpireLastFirstAndNoOthers() {
    VersionedTable table = table();
    State early = new State("l/early", 1, "1");
    State late = new State("l/late", 1, "2");
    table.store(early, 0, LATER, "l/");
    table.store(late, 0, LATER.plusSeconds(60), "l/");
    table.store(new State("m/other", 1, ""), 0, LATER.plusSeconds(90), "m/");

    assertEquals(List.of(late, early), table().listed("l/", 10));
    assertEquals(List.of(late), table().listed("l/", 1));
    assertEquals(List.of(), table().listed("n/", 10));

    State changed = new State("l/early", 2, "3");
    assertEquals(Optional.empty(), table.store(changed, 1, LATER.plusSeconds(120)));
    assertEquals(List.of(changed, late), table().listed("l/", 10), "it stays listed");
  }

  @Test
  void aScanFindsWhatBeginsSo() {
    VersionedTable table = table();
    table.store(new State("a/1", 1, ""), 0, LATER);
    table.store(new State("b/1", 1, ""), 0, LATER);

    assertEquals(List.of(new State("a/1", 1, "")), table.scan("a/"));
    assertEquals(List.of(), table.scan("a/2"));
  }

  @Test
  void ofManyKeysThoseThatAreThereAreRead() {
    VersionedTable table = table();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 130; i++) {
      table.store(new State("k" + i, 1, "text " + i), 0, LATER);
      keys.add("k" + i);
    }
    keys.add("not there");

    List<State> found = table().readAll(keys);

    assertEquals(130, found.size());
    assertTrue(found.contains(new State("k129", 1, "text 129")));
    assertEquals(List.of(), table.readAll(List.of()));
  }

  @Test
  void aKeyAndAStateMayHoldAnything() {
    VersionedTable table = table();
    State odd = new State("suppression/\u202e%_' \ud83d\udc04", 1, "\u0000\n{\"a\":\"\u20ac\"}");
    table.store(odd, 0, LATER);

    assertEquals(Optional.of(odd), table().read(odd.key()));
    assertEquals(List.of(odd), table().scan("suppression/\u202e%"));
  }
}
