package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.Published.OnObject;
import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Silenced;
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
 *   more severe than any that was published      SPREAD or MERGED  escalated
 *   on an object where the problem is not known  SPREAD   spread
 *   the one that passes a step, or ends a quiet time  MERGED   repeated
 *   the first for people after hidden ones       MERGED   repeated
 *   more severe than any on its object, or the first
 *   of its object for `persist`                  MERGED   continuing
 *   any other                                    MERGED   -
 * </pre>
 */
final class SightingUpdate {
  /**
   * Maximum number of stored ids of repeated alerts. Few alerts of a problem are published as
   * repeated.
   */
  private static final int REPEATED = 8;

  /** Number of stored traces of alerts that were graver on their object. */
  private static final int GRAVER = 32;

  /** Number of stored traces of alerts that were hidden from people. */
  private static final int HIDDEN = Sighting.RECENT;

  private final Problem problem;
  private final DeduplicationSettings settings;
  private final long version;

  private boolean known;
  private boolean changed;
  private Instant firstAt = Instant.EPOCH;
  private Instant lastAt = Instant.EPOCH;
  private long count;
  private String opener = "";
  private Map<String, OnObject> objects = Map.of();
  private boolean objectsAreOurs;
  private List<String> repeated = List.of();
  private List<Long> escalated = List.of();
  private List<Long> graver = List.of();
  private EscalationLevel gravity = EscalationLevel.NONE;
  private List<Long> hidden = List.of();
  private long[] recent = new long[0];
  private int added;
  private int addedGraver;
  private int addedHidden;

  SightingUpdate(Problem problem, Optional<Sighting> before, DeduplicationSettings settings) {
    this.problem = problem;
    this.settings = settings;
    this.version = before.map(Sighting::version).orElse(0L);
    before.ifPresent(
        sighting -> {
          known = !sighting.isNone();
          firstAt = sighting.firstAt();
          lastAt = sighting.lastAt();
          count = sighting.count();
          opener = sighting.published().opener();
          objects = sighting.published().objects();
          repeated = sighting.published().repeated();
          escalated = sighting.published().escalated();
          graver = sighting.published().graver();
          gravity = sighting.published().gravity();
          hidden = sighting.published().hidden();
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
        problem.key(),
        version + 1,
        firstAt,
        lastAt,
        count,
        new Published(opener, objects, repeated, escalated, graver, gravity, hidden),
        recent);
  }

  /** Adds one alert. */
  Verdict add(Arrival arrival) {
    return add(arrival, Optional.empty());
  }

  /**
   * Adds one alert.
   *
   * @param mark what hides it from people
   */
  Verdict add(Arrival arrival, Optional<Silenced> mark) {
    Verdict verdict = judge(arrival, mark);
    return verdict.publish().isPresent() && mark.isPresent() && !isCopyOfTold(verdict)
        ? hidden(verdict, mark.get())
        : verdict;
  }

  /**
   * Whether the alert was meant for people when it was counted. The rule that would hide it came
   * later, and its first event may have been lost, so its copy notifies people too.
   */
  private boolean isCopyOfTold(Verdict verdict) {
    return verdict.isCopy()
        && switch (verdict.publish().orElseThrow().acceptance()) {
          case OPENED, SPREAD, REPEATED -> !wasHidden(verdict);
          case ESCALATED, CONTINUING -> false;
        };
  }

  /** If its trace may be gone, what is known of its object decides. */
  private boolean wasHidden(Verdict copy) {
    OnObject object = objects.get(copy.targetKey());
    return hidden.contains(Sighting.trace(copy.alert().id()))
        || (hidden.size() >= HIDDEN && (object == null || object.untold()));
  }

  /** A silence was set before this more severe alert came, so people are notified of it. */
  private static Verdict hidden(Verdict verdict, Silenced mark) {
    AcceptedAlert accepted = verdict.publish().orElseThrow();
    return verdict.publishing(
        accepted.acceptance() == Acceptance.ESCALATED
            ? accepted.with(
                accepted
                    .alert()
                    .withNote(mark.by() + " does not hide it: it is more severe than before"))
            : accepted.silencedBy(mark));
  }

  private Verdict judge(Arrival arrival, Optional<Silenced> mark) {
    Alert alert = arrival.alert();
    Instant at = arrival.at();
    String target = TargetKey.of(alert);
    long trace = Sighting.trace(alert.id());
    Duration since = Duration.between(lastAt, at);
    if (!known || since.compareTo(settings.forget()) > 0) {
      changed = true;
      return open(alert, at, target, trace, mark);
    }
    Optional<OnObject> object = Optional.ofNullable(objects.get(target));
    if (isCopy(alert.id(), trace, object)) {
      return verdict(Column.MERGED, alert, target, toldBefore(alert.id(), trace, object)).asCopy();
    }
    changed = true;
    long before = count;
    count = plus(count, alert.count());
    firstAt = at.isBefore(firstAt) ? at : firstAt;
    lastAt = at.isAfter(lastAt) ? at : lastAt;
    remember(trace);
    EscalationLevel of = gravity.of(alert);
    Optional<Acceptance> why =
        unlessUntold(why(at, of, object, passesStep(before, count), since), object, mark);
    gravity = gravity.and(of);
    why.ifPresent(acceptance -> published(acceptance, alert, at, of, target, object, mark));
    return verdict(object.isEmpty() ? Column.SPREAD : Column.MERGED, alert, target, why);
  }

  /** Why an alert is published; empty if it is not. */
  private Optional<Acceptance> why(
      Instant at, EscalationLevel of, Optional<OnObject> object, boolean step, Duration since) {
    // An earlier version stored no gravity. Otherwise all its problems would escalate at once.
    if (gravity.isKnown() && of.exceeds(gravity.bits())) {
      return Optional.of(Acceptance.ESCALATED);
    }
    if (object.isEmpty()) {
      return Optional.of(Acceptance.SPREAD);
    }
    if (step || since.compareTo(settings.quiet()) > 0) {
      return Optional.of(Acceptance.REPEATED);
    }
    return goesOn(at, object.get()) || of.exceeds(object.get().gravity())
        ? Optional.of(Acceptance.CONTINUING)
        : Optional.empty();
  }

  /**
   * People are notified of an object whose alerts were hidden from them, once nothing hides them.
   */
  private static Optional<Acceptance> unlessUntold(
      Optional<Acceptance> why, Optional<OnObject> object, Optional<Silenced> mark) {
    return object.filter(OnObject::untold).isPresent()
            && mark.isEmpty()
            && why.orElse(Acceptance.CONTINUING) == Acceptance.CONTINUING
        ? Optional.of(Acceptance.REPEATED)
        : why;
  }

  /** Whether people still need a notification about the object after an alert is published. */
  private static boolean isUntold(
      Acceptance why, Optional<OnObject> object, Optional<Silenced> mark) {
    return switch (why) {
      case OPENED, SPREAD, REPEATED -> mark.isPresent();
      case ESCALATED -> false;
      case CONTINUING -> object.filter(OnObject::untold).isPresent();
    };
  }

  private boolean goesOn(Instant at, OnObject object) {
    return !at.isBefore(object.latestAt().plus(settings.persist()));
  }

  /** Remembers that an alert was published. */
  private void published(
      Acceptance why,
      Alert alert,
      Instant at,
      EscalationLevel of,
      String target,
      Optional<OnObject> object,
      Optional<Silenced> mark) {
    long trace = Sighting.trace(alert.id());
    boolean persists =
        why == Acceptance.CONTINUING && object.filter(known -> goesOn(at, known)).isPresent();
    switch (why) {
      case ESCALATED -> escalated = with(escalated, trace, Long.SIZE);
      case REPEATED -> repeated = with(repeated, alert.id(), REPEATED);
      case CONTINUING -> graver = persists ? graver : with(graver, trace, mostGraver());
      case OPENED, SPREAD -> {
        // remembered with the object
      }
    }
    if (mark.isPresent() && why != Acceptance.ESCALATED && why != Acceptance.CONTINUING) {
      hidden = with(hidden, trace, mostHidden());
    }
    boolean untold = isUntold(why, object, mark);
    if (object.isEmpty() && objects.size() >= settings.targets()) {
      return;
    }
    if (!objectsAreOurs) {
      objects = new HashMap<>(objects);
      objectsAreOurs = true;
    }
    objects.put(
        target,
        object
            .map(known -> persists ? known.andContinuing(at, of, trace) : known.and(at, of, untold))
            .orElseGet(() -> OnObject.of(alert.id(), at, of, untold)));
  }

  /** Enough for one large batch, which may be redelivered as a whole. */
  private int mostGraver() {
    addedGraver++;
    return Math.clamp(addedGraver, GRAVER, Sighting.RECENT_OF_A_BATCH);
  }

  private int mostHidden() {
    addedHidden++;
    return Math.clamp(addedHidden, HIDDEN, Sighting.RECENT_OF_A_BATCH);
  }

  private static <T> List<T> with(List<T> list, T one, int most) {
    List<T> more = new ArrayList<>(list);
    more.add(one);
    return more.subList(Math.max(0, more.size() - most), more.size());
  }

  private Verdict open(
      Alert alert, Instant at, String target, long trace, Optional<Silenced> mark) {
    known = true;
    firstAt = at;
    lastAt = at;
    count = alert.count();
    opener = alert.id();
    repeated = List.of();
    escalated = List.of();
    graver = List.of();
    hidden = mark.isPresent() ? with(List.of(), trace, mostHidden()) : List.of();
    gravity = EscalationLevel.NONE.of(alert);
    objects = new HashMap<>(Map.of(target, OnObject.of(alert.id(), at, gravity, mark.isPresent())));
    objectsAreOurs = true;
    remember(trace);
    return verdict(Column.OPENED, alert, target, Optional.of(Acceptance.OPENED));
  }

  private boolean isCopy(String id, long trace, Optional<OnObject> object) {
    for (long seen : recent) {
      if (seen == trace) {
        return true;
      }
    }
    return id.equals(opener)
        || (object.isPresent() && object.get().first().equals(id))
        || isContinuing(trace, object)
        || escalated.contains(trace)
        || repeated.contains(id);
  }

  private boolean isContinuing(long trace, Optional<OnObject> object) {
    return graver.contains(trace)
        || (trace != 0 && object.isPresent() && object.get().continuing() == trace);
  }

  /**
   * Publishes a copy again if its original was published, because a crash may have happened between
   * recording and publishing.
   */
  private Optional<Acceptance> toldBefore(String id, long trace, Optional<OnObject> object) {
    if (id.equals(opener)) {
      return Optional.of(Acceptance.OPENED);
    }
    if (escalated.contains(trace)) {
      return Optional.of(Acceptance.ESCALATED);
    }
    // An object beyond the limit is not stored, so it counts as new every time.
    if (object.isEmpty() || object.get().first().equals(id)) {
      return Optional.of(Acceptance.SPREAD);
    }
    if (repeated.contains(id)) {
      return Optional.of(Acceptance.REPEATED);
    }
    return isContinuing(trace, object) ? Optional.of(Acceptance.CONTINUING) : Optional.empty();
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
        problem.fingerprint(),
        target,
        acceptance.map(
            why ->
                new AcceptedAlert(
                    alert, problem.fingerprint(), why, count, firstAt, lastAt, attacked(), 1)),
        Optional.empty());
  }

  /** The number of objects that are attacked, however many peers attack one. */
  private int attacked() {
    return (int) objects.keySet().stream().map(TargetKey::withoutPeer).distinct().count();
  }
}
