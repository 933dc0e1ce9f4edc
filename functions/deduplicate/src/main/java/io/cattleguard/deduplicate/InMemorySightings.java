package io.cattleguard.deduplicate;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sightings in a map, for one process. */
public final class InMemorySightings implements Sightings {
  private final Map<String, Sighting> states = new ConcurrentHashMap<>();

  @Override
  public Optional<Sighting> recall(String fingerprint) {
    return Optional.ofNullable(states.get(fingerprint));
  }

  @Override
  public Optional<Sighting> store(Sighting next, long expectedVersion) {
    AtomicReference<@Nullable Sighting> refusal = new AtomicReference<>();
    states.compute(
        next.fingerprint(),
        (fingerprint, current) -> {
          long version = current == null ? 0 : current.version();
          if (version == expectedVersion) {
            return next;
          }
          refusal.set(current == null ? next.unwritten() : current);
          return current;
        });
    return Optional.ofNullable(refusal.get());
  }
}
