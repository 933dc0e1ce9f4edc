package io.cattleguard.record;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * An incident in a list: small, so that one read returns hundreds.
 *
 * @param problems distinct problems; 0 in a summary that an earlier version wrote
 * @param rules the rules with most alerts
 * @param actions the taken and refused actions, in the order for people
 * @param waitsUntil until when people can answer the last of its questions
 * @param moreActions whether there were more actions than the record keeps, so that more objects
 *     may be uncontained
 * @param leased whether a lease is in force
 * @param notified how many messages have notified people, at least; empty in a summary that an
 *     earlier version wrote
 * @param undone whether a person undid a containment
 */
public record IncidentSummary(
    String id,
    IncidentState state,
    Optional<Severity> severity,
    int score,
    Optional<AlertClass> alertClass,
    String subject,
    String title,
    Target place,
    Instant firstAt,
    Instant lastAt,
    long alerts,
    int problems,
    List<Rule> rules,
    List<Action> actions,
    int uncontained,
    boolean moreActions,
    Optional<Instant> leaseUntil,
    Optional<Instant> waitsUntil,
    Optional<Duration> timeToContain,
    boolean holding,
    boolean leased,
    boolean undone,
    List<String> silencedBy,
    Optional<String> continuedAs,
    OptionalInt notified) {
  private static final int RULES = 5;
  private static final int ACTIONS = 5;

  /** A rule, and the number of its alerts in the incident. */
  public record Rule(String source, String rule, long alerts) {}

  /**
   * An action on an object.
   *
   * @param playbook empty in a summary that an earlier version wrote
   * @param objected whether a guard objected, also one that would have in observe mode
   * @param why the objections, or else the explanation
   */
  public record Action(
      String action,
      String target,
      Effect effect,
      ResponseOutcome outcome,
      String playbook,
      boolean objected,
      String why) {
    private boolean isWaiting() {
      return outcome == ResponseOutcome.AWAITING_APPROVAL;
    }

    private Action unanswered() {
      return isWaiting()
          ? new Action(
              action,
              target,
              effect,
              ResponseOutcome.REFUSED,
              playbook,
              objected,
              "the approval request expired, and no outcome was reported")
          : this;
    }
  }

  /** Copies the lists. */
  public IncidentSummary {
    rules = List.copyOf(rules);
    actions = List.copyOf(actions);
    silencedBy = List.copyOf(silencedBy);
  }

  /** The summary of a record. */
  public static IncidentSummary of(IncidentRecord record) {
    Optional<Headline> headline = record.headline();
    return new IncidentSummary(
        record.id(),
        record.state(),
        record.severity(),
        headline.map(Headline::score).orElse(0),
        headline.flatMap(Headline::alertClass),
        headline.map(Headline::subject).orElse(""),
        headline.map(Headline::title).orElse(""),
        headline.map(Headline::place).orElseGet(() -> Target.builder().build()),
        record.firstAt(),
        record.lastAt(),
        record.alerts(),
        record.problems().size(),
        rules(record),
        record.actions().values().stream()
            .sorted(ActionRecord.FOR_PEOPLE)
            .limit(ACTIONS)
            .map(IncidentSummary::action)
            .toList(),
        record.uncontained().size(),
        record.moreActions(),
        record.leaseUntil(),
        record.waitsUntil(),
        record.timeToContain(),
        record.isHolding(),
        record.isLeased(),
        isUndone(record),
        List.copyOf(record.silencedBy()),
        record.continuedAs().stream().findFirst(),
        OptionalInt.of(record.notified().size()));
  }

  /** The state at that time, for people: once its last question has expired, it no longer waits. */
  public IncidentSummary asOf(Instant now) {
    if (waitsUntil.filter(until -> until.isBefore(now)).isEmpty()) {
      return this;
    }
    List<Action> answered = actions.stream().map(Action::unanswered).toList();
    boolean isRefused =
        actions.stream().anyMatch(one -> one.isWaiting() && one.effect == Effect.CONTAINS);
    return new IncidentSummary(
        id,
        state != IncidentState.AWAITING_APPROVAL
            ? state
            : isRefused ? IncidentState.REFUSED : IncidentState.OPEN,
        severity,
        score,
        alertClass,
        subject,
        title,
        place,
        firstAt,
        lastAt,
        alerts,
        problems,
        rules,
        answered,
        uncontained,
        moreActions,
        leaseUntil,
        Optional.empty(),
        timeToContain,
        leased,
        leased,
        undone,
        silencedBy,
        continuedAs,
        notified);
  }

  /** A command may name no incident, but the release that follows names the person. */
  private static boolean isUndone(IncidentRecord record) {
    return record.timeline().entries().stream()
            .anyMatch(one -> one.kind() == TimelineEntry.Kind.COMMAND && one.what().equals("undo"))
        || record.actions().values().stream()
            .flatMap(one -> one.ended().stream())
            .anyMatch(step -> step.explanation().startsWith("undone by "));
  }

  private static List<Rule> rules(IncidentRecord record) {
    return record.problems().values().stream()
        .map(one -> new Rule(one.source(), one.rule(), one.alerts()))
        .sorted(
            Comparator.comparingLong(Rule::alerts)
                .reversed()
                .thenComparing(Rule::rule)
                .thenComparing(Rule::source))
        .limit(RULES)
        .toList();
  }

  private static Action action(ActionRecord one) {
    ActionStep now = one.now();
    return new Action(
        one.action(),
        one.target(),
        one.effect(),
        now.outcome(),
        now.playbook(),
        !now.objections().isEmpty(),
        Projection.text(
            now.objections().isEmpty() ? now.explanation() : String.join("; ", now.objections()),
            200));
  }

  /** Whether the incident is about something in that namespace. */
  public boolean isIn(String namespace) {
    return Stream.ofNullable(place.namespace()).anyMatch(namespace::equals);
  }
}
