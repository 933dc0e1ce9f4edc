package io.cattleguard.route;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one destination has received about an incident. Two batches that report one incident at the
 * same time merge their states, in any order. Immutable, and bounded.
 *
 * @param gravest the most severe alert, without its raw event and its incident
 * @param incident the incident, with the most steps that are known
 * @param score the highest score
 * @param problems one per problem, in the order in which they were first seen
 * @param responses the latest outcome of each step on each object, in the order of time
 * @param replies hashes of the ids of the notices that have a message of their own
 */
public record Told(
    Optional<ScoredAlert> gravest,
    Optional<Incident> incident,
    int score,
    List<Problem> problems,
    List<Response> responses,
    List<String> replies) {
  /** The state before the first message. */
  public static final Told NOTHING =
      new Told(Optional.empty(), Optional.empty(), 0, List.of(), List.of(), List.of());

  private static final int PROBLEMS = 40;
  private static final int RESPONSES = 40;
  private static final int REPLIES = 100;

  /** Maximum length of an object's name: longer than that of any pod with its namespace and UID. */
  private static final int LONGEST = 500;

  /** Maximum length of a reason in a message. */
  private static final int WHY = 120;

  /** Ids are stored with each response, and one item has at most 400 KB. */
  private static final Pattern ID = Pattern.compile("[!-~]{1,300}");

  /** An alert whose score is this much higher is worse than the alerts before. */
  private static final int GRAVER = 20;

  /** A new problem with this score notifies people, whatever was sent before. */
  private static final int GRAVE = 80;

  /**
   * A problem of the incident.
   *
   * @param rule the source's rule name, absent if the alert has none
   * @param count its alerts so far
   * @param targets its objects so far
   * @param isBlocked whether its source stopped it
   * @param acceptable for a deviation, the entry that a person could accept in the model; absent
   *     for other alerts
   */
  public record Problem(
      String fingerprint,
      Instant firstAt,
      String source,
      @Nullable String rule,
      long count,
      int targets,
      boolean isBlocked,
      @Nullable AcceptableEntry acceptable) {
    /** A problem that is no deviation from a model. */
    public Problem(
        String fingerprint,
        Instant firstAt,
        String source,
        @Nullable String rule,
        long count,
        int targets,
        boolean isBlocked) {
      this(fingerprint, firstAt, source, rule, count, targets, isBlocked, null);
    }

    private Problem merged(Problem other) {
      return new Problem(
          fingerprint,
          firstAt.isBefore(other.firstAt) ? firstAt : other.firstAt,
          source,
          rule,
          Math.max(count, other.count),
          Math.max(targets, other.targets),
          isBlocked && other.isBlocked,
          first(acceptable, other.acceptable));
    }

    /** Alerts of one problem may name several entries; the order of batches does not matter. */
    private static @Nullable AcceptableEntry first(
        @Nullable AcceptableEntry one, @Nullable AcceptableEntry other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one.compareTo(other) <= 0 ? one : other;
    }
  }

  /**
   * The outcome of a playbook's step on one object.
   *
   * @param alertAt when the alert happened that it responds to
   * @param leaseUntil when the containment ends by itself, absent if there is nothing to undo
   * @param takenAt when it was first taken, absent if it was not
   * @param containment as {@code cattleguard undo} takes it, absent if there is nothing to undo
   * @param question the question to people, absent if there is none
   * @param why why it was refused, failed, is not confirmed or ended, absent for other outcomes
   * @param effect what the action does to an attack while it is in force
   */
  public record Response(
      String playbook,
      String action,
      String target,
      ResponseOutcome outcome,
      Instant alertAt,
      Instant decidedAt,
      @Nullable Instant leaseUntil,
      @Nullable Instant takenAt,
      @Nullable String containment,
      @Nullable Question question,
      @Nullable String why,
      Effect effect) {
    /** An outcome without further details. */
    public Response(
        String playbook,
        String action,
        String target,
        ResponseOutcome outcome,
        Instant alertAt,
        Instant decidedAt,
        @Nullable Instant leaseUntil) {
      this(
          playbook,
          action,
          target,
          outcome,
          alertAt,
          decidedAt,
          leaseUntil,
          outcome == ResponseOutcome.TAKEN ? decidedAt : null,
          null,
          null,
          null,
          Effect.unstated(action));
    }

    private String key() {
      return String.join("\n", playbook, action, target);
    }

    /** The later outcome; a containment is as old as it was when it was first taken. */
    private Response merged(Response other) {
      boolean isLater = !other.decidedAt.isBefore(decidedAt);
      Response later = isLater ? other : this;
      Response earlier = isLater ? this : other;
      boolean isSame = earlier.takenAt != null && earlier.outcome != ResponseOutcome.RELEASED;
      Response taken = isSame || later.takenAt == null ? earlier : later;
      return new Response(
          playbook,
          action,
          target,
          later.outcome,
          taken.takenAt == null ? later.alertAt : taken.alertAt,
          later.decidedAt,
          later.leaseUntil,
          taken.takenAt,
          later.containment,
          later.question,
          later.why,
          later.effect);
    }
  }

  /**
   * A question to people whether an action may be taken.
   *
   * @param id as {@code cattleguard approve} takes it
   * @param until when it expires
   * @param actsByDefault whether the action is taken then
   */
  public record Question(String id, Instant until, boolean actsByDefault) {}

  /** The state of the incident so far. */
  public enum State {
    OPEN,
    BLOCKED,
    OBSERVED,
    REFUSED,
    RELEASED,
    AWAITING_APPROVAL,
    REQUESTED,
    FAILED,
    PARTLY_CONTAINED,
    CONTAINED
  }

  /** Copies the lists. */
  public Told {
    problems = List.copyOf(problems);
    responses = List.copyOf(responses);
    replies = List.copyOf(replies);
  }

  /** A copy that includes the notice. */
  public Told with(Notice.About notice) {
    ScoredAlert scored = notice.scored();
    AcceptedAlert accepted = scored.accepted();
    Alert alert = scored.alert();
    String rule = alert.rule();
    Problem problem =
        new Problem(
            accepted.fingerprint(),
            accepted.firstAt(),
            bounded(alert.source()),
            rule == null ? null : bounded(rule),
            accepted.count(),
            accepted.targets(),
            alert.has(Trait.BLOCKED),
            AcceptableEntry.of(alert).orElse(null));
    List<Response> decided =
        switch (notice) {
          case Notice.Scored ignored -> List.of();
          case Notice.Decided one -> List.of(response(one.decided()));
        };
    return merged(
        new Told(
            Optional.of(bare(scored)),
            Optional.ofNullable(scored.incident()),
            scored.score(),
            List.of(problem),
            decided,
            List.of()));
  }

  private static Response response(ResponseDecided decided) {
    ScoredAlert scored = decided.scored();
    Instant observedAt = scored.alert().observedAt();
    String containment = decided.containment();
    return new Response(
        bounded(decided.playbook()),
        bounded(decided.action()),
        bounded(decided.target()),
        decided.outcome(),
        observedAt == null ? scored.accepted().lastAt() : observedAt,
        decided.decidedAt(),
        decided.leaseUntil(),
        decided.outcome() == ResponseOutcome.TAKEN ? decided.decidedAt() : null,
        containment == null || !ID.matcher(containment).matches() ? null : containment,
        question(decided),
        switch (decided.outcome()) {
          case REFUSED, FAILED, REQUESTED, RELEASED ->
              HostileText.visible(decided.explanation(), WHY);
          case TAKEN, OBSERVED, AWAITING_APPROVAL, EXTENDED -> null;
        },
        decided.effect());
  }

  /** A question that a person has answered is no longer open, although its action is not taken. */
  private static @Nullable Question question(ResponseDecided decided) {
    ResponseDecided.Approval asked = decided.approval();
    return asked == null
            || asked.by() != null
            || !ID.matcher(asked.id()).matches()
            || decided.outcome() != ResponseOutcome.AWAITING_APPROVAL
        ? null
        : new Question(asked.id(), asked.until(), asked.actsByDefault());
  }

  /** Text of an alert is untrusted, and many are stored in one item. */
  private static String bounded(String text) {
    return HostileText.visible(text, LONGEST);
  }

  /** The alert without the fields that no message shows. */
  private static ScoredAlert bare(ScoredAlert scored) {
    AcceptedAlert accepted = scored.accepted();
    return new ScoredAlert(
        new AcceptedAlert(
            accepted.alert().bare(),
            accepted.fingerprint(),
            accepted.acceptance(),
            accepted.count(),
            accepted.firstAt(),
            accepted.lastAt(),
            accepted.targets(),
            accepted.hops()),
        scored.score(),
        scored.reasons());
  }

  /** A copy that is merged with the state of another batch. */
  public Told merged(Told other) {
    Map<String, Problem> byFingerprint = new LinkedHashMap<>();
    for (Problem problem : both(problems, other.problems)) {
      byFingerprint.merge(problem.fingerprint, problem, Problem::merged);
    }
    Map<String, Response> byStep = new LinkedHashMap<>();
    for (Response response : both(responses, other.responses)) {
      byStep.merge(response.key(), response, Response::merged);
    }
    Set<String> ids = new LinkedHashSet<>(both(replies, other.replies));
    return new Told(
        Gravity.graver(gravest, other.gravest),
        longer(incident, other.incident),
        Math.max(score, other.score),
        first(
            byFingerprint.values(),
            Comparator.comparing(Problem::firstAt).thenComparing(Problem::fingerprint),
            PROBLEMS),
        last(
            byStep.values(),
            Comparator.comparing(Response::decidedAt).thenComparing(Response::key),
            RESPONSES),
        ids.stream().skip(Math.max(0, ids.size() - REPLIES)).toList());
  }

  private static <T> List<T> both(List<T> one, List<T> other) {
    List<T> both = new ArrayList<>(one);
    both.addAll(other);
    return both;
  }

  private static <T> List<T> first(Collection<T> all, Comparator<T> order, int limit) {
    return all.stream().sorted(order).limit(limit).toList();
  }

  private static <T> List<T> last(Collection<T> all, Comparator<T> order, int limit) {
    return all.stream().sorted(order).skip(Math.max(0, all.size() - limit)).toList();
  }

  /** The incident with more steps, which is the newer one. */
  private static Optional<Incident> longer(Optional<Incident> known, Optional<Incident> other) {
    if (known.isEmpty() || other.isEmpty()) {
      return known.isEmpty() ? other : known;
    }
    boolean more =
        other.get().steps().size() > known.get().steps().size()
            || other.get().joined().size() > known.get().joined().size();
    return more ? other : known;
  }

  /** A copy that records that the notice has its own message. */
  public Told replied(String noticeHash) {
    return merged(
        new Told(Optional.empty(), Optional.empty(), 0, List.of(), List.of(), List.of(noticeHash)));
  }

  /** Whether a message shows the same for both. */
  public boolean looksLike(Told other) {
    return gravest.equals(other.gravest)
        && incident.equals(other.incident)
        && score == other.score
        && problems.equals(other.problems)
        && responses.equals(other.responses);
  }

  /**
   * Whether the alert's problem is new here, and bad enough to notify people whatever notifications
   * they had before. A problem that its source blocked is not. Once the list of problems is full,
   * only a problem that opens counts as new: other known problems may be missing from the list.
   */
  public boolean isGraveNews(ScoredAlert scored) {
    boolean isNew =
        !knows(scored)
            && (problems.size() < PROBLEMS || scored.accepted().acceptance() == Acceptance.OPENED);
    return isNew
        && !scored.alert().has(Trait.BLOCKED)
        && (Gravity.severity(scored) >= Severity.CRITICAL.ocsfId() || scored.score() >= GRAVE);
  }

  /** Whether the alert's problem is known here. */
  public boolean knows(ScoredAlert scored) {
    return problems.stream()
        .anyMatch(one -> one.fingerprint.equals(scored.accepted().fingerprint()));
  }

  /**
   * Whether the alert is worse than everything that was sent: its problem escalated, its severity
   * or its score is higher, or it is the first one that its source did not block.
   */
  public boolean isGraver(ScoredAlert scored) {
    return scored.accepted().acceptance() == Acceptance.ESCALATED
        || Gravity.severity(scored) > gravest.map(Gravity::severity).orElse(-1)
        || scored.score() >= score + GRAVER
        || (isBlocked() && !scored.alert().has(Trait.BLOCKED));
  }

  private boolean isBlocked() {
    return !problems.isEmpty() && problems.stream().allMatch(Problem::isBlocked);
  }

  /** The highest severity that a source reported, also of steps that were not sent. */
  public Optional<Severity> severity() {
    return Gravity.highest(gravest, incident);
  }

  /**
   * The incident's state: an object is contained if one of the actions on it is in force. It is
   * released only if all objects are: an object that was never contained takes precedence.
   */
  public State state() {
    return ContainmentState.of(responses, isBlocked());
  }
}
