package io.cattleguard.deduplicate;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sightings in a map, for one process. Beyond its limit the least recently used one is evicted; its
 * problem then opens again.
 */
public final class InMemorySightings implements Sightings {
  private static final int LIMIT = 100_000;

  @GuardedBy("this")
  private final Map<String, Sighting> states;

  /** Holds 100,000 problems. */
  public InMemorySightings() {
    this(LIMIT);
  }

  /** Holds that many problems. */
  public InMemorySightings(int limit) {
    states =
        new LinkedHashMap<>(64, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Sighting> eldest) {
            return size() > limit;
          }
        };
  }

  @Override
  public synchronized Optional<Sighting> recall(String fingerprint) {
    return Optional.ofNullable(states.get(fingerprint));
  }

  @Override
  public synchronized Optional<Sighting> store(Sighting next, long expectedVersion) {
    Sighting current = states.get(next.fingerprint());
    if ((current == null ? 0 : current.version()) != expectedVersion) {
      return Optional.of(current == null ? Sighting.none(next.fingerprint()) : current);
    }
    states.put(next.fingerprint(), next);
    return Optional.empty();
  }
}
