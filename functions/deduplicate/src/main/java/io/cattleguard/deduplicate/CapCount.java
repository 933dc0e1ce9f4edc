package io.cattleguard.deduplicate;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Counts what a suppression hides within its window; a copy is not counted twice. */
final class CapCount {
  private final String key;
  private final Suppression suppression;
  private final long version;
  private final Set<Long> hidden = new HashSet<>();

  private Instant openedAt = Instant.EPOCH;
  private long count;
  private long[] recent = new long[0];
  private boolean known;
  private boolean changed;

  CapCount(String key, Optional<Sighting> before, Suppression suppression) {
    this.key = key;
    this.suppression = suppression;
    this.version = before.map(Sighting::version).orElse(0L);
    before.ifPresent(
        sighting -> {
          known = true;
          openedAt = sighting.firstAt();
          count = sighting.count();
          recent = sighting.recent();
          for (long trace : recent) {
            hidden.add(trace);
          }
        });
  }

  /** Whether the suppression may hide this one. */
  boolean admits(Arrival arrival) {
    long trace = Sighting.trace(arrival.alert().id());
    if (hidden.contains(trace)) {
      return true;
    }
    if (!known || arrival.at().isAfter(openedAt.plus(suppression.window()))) {
      known = true;
      openedAt = arrival.at();
      count = 0;
    }
    if (count + arrival.alert().count() > suppression.cap()) {
      return false;
    }
    count += arrival.alert().count();
    changed = true;
    hidden.add(trace);
    int kept = Math.min(recent.length, Sighting.RECENT - 1);
    long[] next = new long[kept + 1];
    System.arraycopy(recent, recent.length - kept, next, 0, kept);
    next[kept] = trace;
    recent = next;
    return true;
  }

  boolean changed() {
    return changed;
  }

  long version() {
    return version;
  }

  Sighting after() {
    return new Sighting(
        key, version + 1, openedAt, openedAt, count, "", Map.of(), List.of(), recent);
  }
}
