package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class InMemorySightingsTest extends SightingsContract {
  @Override
  protected Sightings sightings() {
    return new InMemorySightings();
  }

  @Test
  void beyondItsLimitTheOneAskedForLongestAgoIsForgotten() {
    Sightings small = new InMemorySightings(2);
    small.store(first("a"), 0);
    small.store(first("b"), 0);
    small.recall("a");
    small.store(first("c"), 0);

    assertEquals(
        List.of("a", "c"),
        Stream.of("a", "b", "c").filter(key -> small.recall(key).isPresent()).toList());
    assertEquals(Optional.empty(), small.store(first("b"), 0));
  }

  private static Sighting first(String fingerprint) {
    return new Sighting(
        fingerprint, 1, Instant.EPOCH, Instant.EPOCH, 1, Published.NOTHING, new long[0]);
  }
}
