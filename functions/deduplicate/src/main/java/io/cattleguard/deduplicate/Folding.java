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
 * One problem's transition: what was remembered, and alerts, give what is remembered next and a
 * verdict on each. Pure; whoever stores the outcome may do it all over if somebody else was faster.
 *
 * <pre>
 *   the alert is ...                             column   told as
 *   the first of its problem                     OPENED   opened
 *   a copy of an alert that was counted          MERGED   whatever the first was told as, again
 *   on an object where the problem is not known  SPREAD   spread
 *   the one that passes a step, or ends a quiet  MERGED   repeated
 *   any other                                    MERGED   -
 * </pre>
 */
final class Folding {
  /** Ids of retold alerts that are kept: a problem passes a step rarely. */
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

  /** The version that this was made from, 0 where nothing was remembered. */
  long version() {
    return version;
  }

  /** Whether there is anything to store. */
  boolean changed() {
    return changed;
  }

  /** What is remembered next. */
  Sighting after() {
    return new Sighting(
        fingerprint, version + 1, firstAt, lastAt, count, opener, targets, retold, recent);
  }

  /** Takes one alert in. */
  Verdict add(Arrival arrival) {
    Alert alert = arrival.alert();
    Instant at = arrival.at();
    String target = TargetKey.of(alert.target());
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

  /** A crash may have come between recording and publishing: the one that was to be told is. */
  private Optional<Acceptance> toldBefore(String id, String target) {
    if (id.equals(opener)) {
      return Optional.of(Acceptance.OPENED);
    }
    // An object beyond the limit is not remembered, and so counts as new whenever it is seen.
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

  /** Counts end at the largest number there is. */
  static long plus(long count, long more) {
    return more > Long.MAX_VALUE - count ? Long.MAX_VALUE : count + more;
  }

  /** Whether a power of ten from 10 on lies behind {@code before} and not behind {@code after}. */
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
