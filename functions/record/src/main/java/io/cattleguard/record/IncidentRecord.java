package io.cattleguard.record;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The record of an incident. Two records of one incident merge into one, and neither the order nor
 * the number of merges changes the result.
 *
 * @param headline its alert with the highest score; absent while only other events are known
 * @param firstAt when its first event happened
 * @param lastAt when its latest event happened
 * @param alertAt when its latest alert happened
 * @param severity the highest that a source reported
 * @param problems by fingerprint
 * @param actions by object and action
 * @param moreActions whether there were more actions than are kept
 * @param silencedBy what hid its alerts from people
 * @param continuedAs the incidents that this one was merged into
 * @param notified the notifications of people, each as a short id and the destination; at most
 *     {@value #NOTIFIED}
 */
public record IncidentRecord(
    String id,
    Optional<Headline> headline,
    Instant firstAt,
    Instant lastAt,
    Optional<Instant> alertAt,
    Optional<Severity> severity,
    SortedMap<String, Problem> problems,
    SortedMap<String, ActionRecord> actions,
    boolean moreActions,
    SortedSet<String> silencedBy,
    SortedSet<String> continuedAs,
    SortedSet<String> notified,
    Timeline timeline) {
  /** Maximum problems and names. Which ones are kept depends only on their keys. */
  static final int PROBLEMS = 32;

  /** Maximum actions. */
  static final int ACTIONS = 24;

  /** Number of ended actions and of answers that are kept, however many actions are live. */
  static final int RESERVED = 4;

  static final int NAMES = 5;

  /** Maximum notifications. Which ones are kept depends only on their ids. */
  public static final int NOTIFIED = 50;

  /**
   * The record of people's commands about the whole deployment, such as a stop. It has no alert, so
   * it is not listed.
   */
  public static final String DEPLOYMENT = "deployment";

  /** An empty record, in which one event happened. */
  static IncidentRecord at(String id, Instant happened) {
    Instant at = Projection.plain(happened);
    return new IncidentRecord(
        id,
        Optional.empty(),
        at,
        at,
        Optional.empty(),
        Optional.empty(),
        new TreeMap<>(),
        new TreeMap<>(),
        false,
        new TreeSet<>(),
        new TreeSet<>(),
        new TreeSet<>(),
        Timeline.EMPTY);
  }

  IncidentRecord with(Headline one) {
    return with(copy -> copy.newHeadline = Optional.of(one));
  }

  IncidentRecord with(Problem one) {
    return with(
        copy -> {
          copy.newAlertAt = Optional.of(one.lastAt());
          copy.newSeverity = one.severity();
          copy.newProblems = new TreeMap<>(Map.of(one.fingerprint(), one));
        });
  }

  IncidentRecord with(ActionRecord one) {
    return with(copy -> copy.newActions = new TreeMap<>(Map.of(one.key(), one)));
  }

  IncidentRecord with(Collection<String> silences, Collection<String> heirs) {
    return with(
        copy -> {
          copy.newSilencedBy = new TreeSet<>(silences);
          copy.newContinuedAs = new TreeSet<>(heirs);
        });
  }

  IncidentRecord withNotification(String one) {
    return with(copy -> copy.newNotified = new TreeSet<>(List.of(one)));
  }

  IncidentRecord with(TimelineEntry... entries) {
    return with(copy -> copy.newTimeline = Timeline.of(List.of(entries)));
  }

  /** This record and another one of the same incident. */
  public IncidentRecord merge(IncidentRecord other) {
    if (!id.equals(other.id)) {
      throw new IllegalArgumentException("records of two incidents");
    }
    SortedMap<String, Problem> allProblems = new TreeMap<>(problems);
    other.problems.forEach((key, one) -> allProblems.merge(key, one, Problem::merge));
    cut(allProblems, PROBLEMS);
    SortedMap<String, ActionRecord> allActions = new TreeMap<>(actions);
    other.actions.forEach((key, one) -> allActions.merge(key, one, ActionRecord::merge));
    endQuestions(allActions);
    boolean more = cutActions(allActions);
    return new IncidentRecord(
        id,
        Latest.of(headline, other.headline, Headline.ORDER),
        firstAt.isBefore(other.firstAt) ? firstAt : other.firstAt,
        lastAt.isAfter(other.lastAt) ? lastAt : other.lastAt,
        Latest.of(alertAt, other.alertAt, Comparator.naturalOrder()),
        Latest.of(severity, other.severity, Comparator.naturalOrder()),
        allProblems,
        allActions,
        moreActions || other.moreActions || more,
        Latest.smallest(silencedBy, other.silencedBy, NAMES),
        Latest.smallest(continuedAs, other.continuedAs, NAMES),
        Latest.smallest(notified, other.notified, NOTIFIED),
        timeline.merge(other.timeline));
  }

  private static void cut(SortedMap<String, ?> all, int limit) {
    while (all.size() > limit) {
      all.remove(all.lastKey());
    }
  }

  /**
   * If the object is gone, an outcome may describe it with a different text than its question did.
   */
  private static void endQuestions(SortedMap<String, ActionRecord> all) {
    for (ActionRecord question : List.copyOf(all.values())) {
      if (all.values().stream().anyMatch(question::isEndedBy)) {
        question
            .withoutQuestion()
            .ifPresentOrElse(rest -> all.put(rest.key(), rest), () -> all.remove(question.key()));
      }
    }
  }

  /**
   * Keeps live actions first, then ended ones, then those that were never taken. Beyond the limit
   * the order of the events makes a difference.
   *
   * @return whether any was removed
   */
  private static boolean cutActions(SortedMap<String, ActionRecord> all) {
    boolean isCut = false;
    while (all.size() > ACTIONS) {
      ActionRecord.Kind kind =
          count(all, ActionRecord.Kind.ANSWERED) > RESERVED
              ? ActionRecord.Kind.ANSWERED
              : count(all, ActionRecord.Kind.ENDED) > RESERVED
                  ? ActionRecord.Kind.ENDED
                  : ActionRecord.Kind.LIVE;
      all.remove(
          all.values().stream()
              .filter(one -> one.kind() == kind)
              .min(Comparator.comparing(one -> one.now().at()))
              .orElseThrow()
              .key());
      isCut = true;
    }
    return isCut;
  }

  private static long count(SortedMap<String, ActionRecord> all, ActionRecord.Kind kind) {
    return all.values().stream().filter(one -> one.kind() == kind).count();
  }

  /** Whether it has an alert, so that it is listed. */
  public boolean isListed() {
    return headline.isPresent();
  }

  /** Its state. */
  public IncidentState state() {
    if (containing().anyMatch(one -> one.isInForce() && !one.isRequestedOnly())) {
      return IncidentState.CONTAINED;
    }
    if (containing().anyMatch(ActionRecord::isRequestedOnly)) {
      return IncidentState.REQUESTED;
    }
    if (actions.values().stream().anyMatch(ActionRecord::isWaiting)) {
      return IncidentState.AWAITING_APPROVAL;
    }
    if (isNow(ResponseOutcome.FAILED)) {
      return IncidentState.FAILED;
    }
    Optional<Instant> released =
        containing()
            .map(ActionRecord::now)
            .filter(step -> step.outcome() == ResponseOutcome.RELEASED)
            .map(ActionStep::at)
            .max(Comparator.naturalOrder());
    if (released.isPresent()) {
      return alertAt.filter(at -> at.isAfter(released.get())).isPresent()
          ? IncidentState.OPEN
          : IncidentState.RELEASED;
    }
    return isNow(ResponseOutcome.REFUSED) ? IncidentState.REFUSED : IncidentState.OPEN;
  }

  /** Answers about containment leave out the actions that contain nothing. */
  private Stream<ActionRecord> containing() {
    return actions.values().stream().filter(ActionRecord::contains);
  }

  private boolean isNow(ResponseOutcome outcome) {
    return containing().anyMatch(one -> one.now().outcome() == outcome);
  }

  /**
   * The objects without a containment in force, although a playbook meant to contain them or did so
   * before. With such objects, a contained incident is contained only in part.
   */
  public SortedSet<String> uncontained() {
    SortedSet<String> uncontained = new TreeSet<>();
    containing().forEach(one -> uncontained.add(one.target()));
    containing().filter(ActionRecord::isInForce).forEach(one -> uncontained.remove(one.target()));
    return uncontained;
  }

  /** Whether it has a containment in force or waits for people. */
  public boolean isHolding() {
    return actions.values().stream()
        .anyMatch(one -> one.leaseUntil().isPresent() || one.isWaiting());
  }

  /** Whether a lease is in force. */
  boolean isLeased() {
    return actions.values().stream().anyMatch(one -> one.leaseUntil().isPresent());
  }

  /** The earliest end of a lease of a containment that is in force. */
  public Optional<Instant> leaseUntil() {
    return containing()
        .map(ActionRecord::leaseUntil)
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder());
  }

  /** The latest time until which an action waits for people. */
  public Optional<Instant> waitsUntil() {
    return latest(ActionRecord::waitsUntil);
  }

  /** When the last of its leases and questions ends, unless something extends it. */
  public Optional<Instant> holdsUntil() {
    return latest(one -> one.leaseUntil().or(one::waitsUntil));
  }

  private Optional<Instant> latest(Function<ActionRecord, Optional<Instant>> time) {
    return actions.values().stream()
        .map(time)
        .flatMap(Optional::stream)
        .max(Comparator.naturalOrder());
  }

  /** The state at that time, for people: an expired question no longer waits. */
  public IncidentRecord asOf(Instant now) {
    SortedMap<String, ActionRecord> all = new TreeMap<>(actions);
    all.replaceAll((key, one) -> one.asOf(now));
    return with(copy -> copy.newActions = all);
  }

  /** The number of its alerts, without those after the latest published one. */
  public long alerts() {
    return problems.values().stream().mapToLong(Problem::alerts).sum();
  }

  /** How often each destination has notified people, by its name; at least, if there were many. */
  public SortedMap<String, Integer> notifications() {
    SortedMap<String, Integer> all = new TreeMap<>();
    notified.forEach(one -> all.merge(one.substring(one.indexOf(' ') + 1), 1, Integer::sum));
    return all;
  }

  /** The first containment whose effect was verified. */
  public Optional<ActionStep> contained() {
    return containing()
        .map(ActionRecord::first)
        .flatMap(Optional::stream)
        .filter(step -> step.outcome() == ResponseOutcome.TAKEN)
        .min(ActionStep.ORDER);
  }

  /** The time from the alert to the first containment whose effect was verified. */
  public Optional<Duration> timeToContain() {
    return contained()
        .map(step -> Duration.between(step.sensedAt(), step.at()))
        .map(took -> took.isNegative() ? Duration.ZERO : took);
  }

  private IncidentRecord with(Consumer<Copy> change) {
    Copy copy = new Copy();
    change.accept(copy);
    return copy.finished();
  }

  /** A builder of a copy, in which some fields can be changed. */
  private final class Copy {
    private Optional<Headline> newHeadline = headline;
    private Optional<Instant> newAlertAt = alertAt;
    private Optional<Severity> newSeverity = severity;
    private SortedMap<String, Problem> newProblems = problems;
    private SortedMap<String, ActionRecord> newActions = actions;
    private SortedSet<String> newSilencedBy = silencedBy;
    private SortedSet<String> newContinuedAs = continuedAs;
    private SortedSet<String> newNotified = notified;
    private Timeline newTimeline = timeline;

    private IncidentRecord finished() {
      return new IncidentRecord(
          id,
          newHeadline,
          firstAt,
          lastAt,
          newAlertAt,
          newSeverity,
          newProblems,
          newActions,
          moreActions,
          newSilencedBy,
          newContinuedAs,
          newNotified,
          newTimeline);
    }
  }
}
