package io.cattleguard.deduplicate;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts the alerts that a suppression hides within its window. The decision is repeatable: a copy
 * of a hidden alert is hidden again and not counted, and a copy of an alert that passed passes
 * again. Otherwise a crash between recording and publishing would lose it.
 */
final class CapCount {
  private static final String SPENT = "spent";

  private final String key;
  private final Suppression suppression;
  private final long version;
  private final Set<Long> hidden = new HashSet<>();

  private Instant openedAt = Instant.EPOCH;
  private Instant flowsBefore = Instant.EPOCH;
  private boolean spent;
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
          known = !sighting.isNone();
          openedAt = sighting.firstAt();
          flowsBefore = sighting.lastAt();
          spent = sighting.published().opener().equals(SPENT);
          count = sighting.count();
          recent = sighting.recent();
          for (long trace : recent) {
            hidden.add(trace);
          }
        });
  }

  /** Whether the suppression may hide this alert. */
  boolean admits(Arrival arrival) {
    long trace = Sighting.trace(arrival.alert().id());
    if (hidden.contains(trace)) {
      return true;
    }
    if (!known || arrival.at().isAfter(openedAt.plus(suppression.window()))) {
      open(arrival.at());
    }
    if (arrival.at().isBefore(flowsBefore) || spent) {
      return false;
    }
    long next = SightingUpdate.plus(count, arrival.alert().count());
    if (next > suppression.cap()) {
      spent = true;
      changed = true;
      return false;
    }
    count = next;
    changed = true;
    remember(trace);
    return true;
  }

  private void open(Instant at) {
    flowsBefore = spent ? at : flowsBefore;
    known = true;
    openedAt = at;
    spent = false;
    count = 0;
  }

  private void remember(long trace) {
    hidden.add(trace);
    int kept = Math.min(recent.length, Sighting.RECENT_OF_A_BATCH - 1);
    long[] next = new long[kept + 1];
    System.arraycopy(recent, recent.length - kept, next, 0, kept);
    next[kept] = trace;
    recent = next;
  }

  boolean changed() {
    return changed;
  }

  long version() {
    return version;
  }

  Sighting after() {
    return new Sighting(
        key,
        version + 1,
        openedAt,
        flowsBefore,
        count,
        spent
            ? new Published(
                SPENT, Map.of(), List.of(), List.of(), List.of(), EscalationLevel.NONE, List.of())
            : Published.NOTHING,
        recent);
  }
}
