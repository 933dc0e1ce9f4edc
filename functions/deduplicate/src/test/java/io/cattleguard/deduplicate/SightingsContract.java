package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests that every store of problems must pass. */
public abstract class SightingsContract {
  private static final Instant AT = Instant.parse("2026-03-02T09:15:00.123456789Z");

  /** An empty memory. */
  protected abstract Sightings sightings();

  private static Sighting sighting(String fingerprint, long version, long count) {
    return new Sighting(
        fingerprint,
        version,
        AT,
        AT.plusSeconds(5),
        count,
        new Published(
            "opener",
            Map.of(
                "shop/web-1", new Published.OnObject("opener", Instant.EPOCH, 0, 0, false),
                "shop/\"web\"-2",
                    new Published.OnObject(
                        "other", Instant.ofEpochSecond(-1), Long.MIN_VALUE, -1, true)),
            List.of("repeated"),
            List.of(Long.MIN_VALUE, 1L),
            List.of(-1L),
            new EscalationLevel(-1, List.of(Integer.MIN_VALUE, 1)),
            List.of(Long.MAX_VALUE, 0L)),
        new long[] {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE});
  }

  @Test
  void whatWasStoredIsRecalledWhole() {
    Sightings sightings = sightings();

    assertEquals(Optional.empty(), sightings.store(sighting("f", 1, 3), 0));

    assertEquals(Optional.of(sighting("f", 1, 3)), sightings.recall("f"));
    assertEquals(Optional.empty(), sightings.recall("g"));
  }

  @Test
  void aStateMadeFromAnOldOneIsRefusedAndShownTheCurrentOne() {
    Sightings sightings = sightings();
    assertEquals(Optional.empty(), sightings.store(sighting("f", 1, 3), 0));
    assertEquals(Optional.empty(), sightings.store(sighting("f", 2, 4), 1));

    assertEquals(Optional.of(sighting("f", 2, 4)), sightings.store(sighting("f", 2, 9), 1));
    assertEquals(Optional.of(sighting("f", 2, 4)), sightings.store(sighting("f", 1, 9), 0));
  }

  @Test
  void aStateMadeFromOneThatIsGoneIsRefusedAndTheNextTrySucceeds() {
    Sightings sightings = sightings();

    Sighting current = sightings.store(sighting("f", 8, 3), 7).orElseThrow();

    assertEquals(0, current.version());
    assertEquals(Optional.empty(), sightings.store(sighting("f", 1, 3), 0));
  }

  @Test
  void ofManyThatStoreAtOnceOneIsFirst() throws Exception {
    Sightings sightings = sightings();
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int count = i + 1;
      tasks.add(() -> sightings.store(sighting("f", 1, count), 0).isEmpty());
    }
    int first = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> stored : threads.invokeAll(tasks)) {
        first += stored.get() ? 1 : 0;
      }
    }
    assertEquals(1, first);
    assertTrue(sightings.store(sighting("f", 2, 9), 1).isEmpty());
  }
}
