package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.TargetKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state transition of one problem: the stored state and new alerts give the next state and one
 * verdict per alert. Pure, so the caller can repeat it after a write conflict.
 *
 * <pre>
 *   the alert is ... column published as
 *   the first of its problem                     OPENED   opened
 *   a copy of an alert that was counted          MERGED   as the original was, again
 *   on an object where the problem is not known  SPREAD   spread
 *   the one that passes a step, or ends a quiet time  MERGED   repeated
 *   any other                                    MERGED   -
 * </pre>
 */
final class Folding {
  /** Maximum number of stored ids of repeated alerts. A problem rarely passes a step. */
  private static final int RETOLD = 8;

  private final String fingerprint;
  private final DeduplicationSettings settings;
  private final long version;

  private boolean known;
  private boolean changed;
  private Instant firstAt = Instant.EPOCH;
  private Instant lastAt = Instant.EPOCH;
  private long count;
  private String opener = "";
  private Map<String, String> targets = Map.of();
  private boolean targetsAreOurs;
  private List<String> retold = List.of();
  private long[] recent = new long[0];
  private int added;

  Folding(String fingerprint, Optional<Sighting> before, DeduplicationSettings settings) {
    this.fingerprint = fingerprint;
    this.settings = settings;
    this.version = before.map(Sighting::version).orElse(0L);
    before.ifPresent(
        sighting -> {
          known = !sighting.isNone();
          firstAt = sighting.firstAt();
          lastAt = sighting.lastAt();
          count = sighting.count();
          opener = sighting.opener();
          targets = sighting.targets();
          retold = sighting.retold();
          recent = sighting.recent();
        });
  }

  /** The version that this transition started from, 0 for none. */
  long version() {
    return version;
  }

  /** Whether the state has changed. */
  boolean changed() {
    return changed;
  }

  /** The next state. */
  Sighting after() {
    return new Sighting(
        fingerprint, version + 1, firstAt, lastAt, count, opener, targets, retold, recent);
  }

  /** Adds one alert. */
  Verdict add(Arrival arrival) {
    Alert alert = arrival.alert();
    Instant at = arrival.at();
    String target = TargetKey.of(alert);
    long trace = Sighting.trace(alert.id());
    Duration since = Duration.between(lastAt, at);
    if (!known || since.compareTo(settings.forget()) > 0) {
      changed = true;
      return open(alert, at, target, trace);
    }
    if (isCopy(alert.id(), trace)) {
      return verdict(Column.MERGED, alert, target, toldBefore(alert.id(), target));
    }
    changed = true;
    long before = count;
    count = plus(count, alert.count());
    firstAt = at.isBefore(firstAt) ? at : firstAt;
    lastAt = at.isAfter(lastAt) ? at : lastAt;
    remember(trace);
    if (!targets.containsKey(target)) {
      addTarget(target, alert.id());
      return verdict(Column.SPREAD, alert, target, Optional.of(Acceptance.SPREAD));
    }
    if (passesStep(before, count) || since.compareTo(settings.quiet()) > 0) {
      List<String> more = new ArrayList<>(retold);
      more.add(alert.id());
      retold = more.subList(Math.max(0, more.size() - RETOLD), more.size());
      return verdict(Column.MERGED, alert, target, Optional.of(Acceptance.REPEATED));
    }
    return verdict(Column.MERGED, alert, target, Optional.empty());
  }

  private Verdict open(Alert alert, Instant at, String target, long trace) {
    known = true;
    firstAt = at;
    lastAt = at;
    count = alert.count();
    opener = alert.id();
    retold = List.of();
    targets = new HashMap<>(Map.of(target, alert.id()));
    targetsAreOurs = true;
    remember(trace);
    return verdict(Column.OPENED, alert, target, Optional.of(Acceptance.OPENED));
  }

  private boolean isCopy(String id, long trace) {
    for (long seen : recent) {
      if (seen == trace) {
        return true;
      }
    }
    return id.equals(opener) || targets.containsValue(id) || retold.contains(id);
  }

  /**
   * Publishes a copy again if its original was published, because a crash may have happened between
   * recording and publishing.
   */
  private Optional<Acceptance> toldBefore(String id, String target) {
    if (id.equals(opener)) {
      return Optional.of(Acceptance.OPENED);
    }
    // An object beyond the limit is not stored, so it counts as new every time.
    if (id.equals(targets.getOrDefault(target, id))) {
      return Optional.of(Acceptance.SPREAD);
    }
    return retold.contains(id) ? Optional.of(Acceptance.REPEATED) : Optional.empty();
  }

  private void addTarget(String target, String id) {
    if (targets.size() >= settings.targets()) {
      return;
    }
    if (!targetsAreOurs) {
      targets = new HashMap<>(targets);
      targetsAreOurs = true;
    }
    targets.put(target, id);
  }

  private void remember(long trace) {
    added++;
    int most = Math.clamp(added, Sighting.RECENT, Sighting.RECENT_OF_A_BATCH);
    int kept = Math.min(recent.length, most - 1);
    long[] next = new long[kept + 1];
    System.arraycopy(recent, recent.length - kept, next, 0, kept);
    next[kept] = trace;
    recent = next;
  }

  /** Adds without overflow. */
  static long plus(long count, long more) {
    return more > Long.MAX_VALUE - count ? Long.MAX_VALUE : count + more;
  }

  /**
   * Whether a power of ten, at least 10, is greater than {@code before} and not greater than {@code
   * after}.
   */
  private static boolean passesStep(long before, long after) {
    long step = 10;
    while (step <= before) {
      if (step > Long.MAX_VALUE / 10) {
        return false;
      }
      step *= 10;
    }
    return after >= step;
  }

  private Verdict verdict(
      Column column, Alert alert, String target, Optional<Acceptance> acceptance) {
    return new Verdict(
        column,
        alert,
        fingerprint,
        target,
        acceptance.map(
            why ->
                new AcceptedAlert(
                    alert, fingerprint, why, count, firstAt, lastAt, targets.size(), 1)),
        Optional.empty());
  }
}
