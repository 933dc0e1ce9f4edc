package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Incident;
import io.cattleguard.events.trait.Trait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The stored history of one subject: a workload, or an instance, principal or node. At most about
 * 20 kB, and mostly below 4 kB. Immutable.
 *
 * @param workload the key of the subject
 * @param version number of writes, 0 if never stored
 * @param since event time of the subject's first alert
 * @param rules the rules that fired, each with the id of its first alert
 * @param tactics the MITRE tactics seen, each with its latest event time
 * @param answers the facts that the latest alerts got, oldest first
 * @param incidents the latest incidents, the one that was written last at the end
 * @param behaviour what the subject is known to do
 */
public record WorkloadHistory(
    String workload,
    long version,
    Instant since,
    Map<String, String> rules,
    Map<String, Instant> tactics,
    List<Answer> answers,
    List<OpenIncident> incidents,
    Behaviour behaviour) {
  /** Maximum number of stored rules. A workload with more is noisy, and no rule counts as new. */
  private static final int RULES = 50;

  /** Number of stored answers. SQS redelivers within minutes. */
  private static final int ANSWERS = 32;

  /**
   * Number of stored incidents. Alerts that arrive late belong to an earlier one, and a wrong clock
   * must not displace the current one.
   */
  private static final int INCIDENTS = 3;

  /** A stored time this far ahead of an alert's time came from a wrong clock. */
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  /**
   * An alert of several objects comes from a source that looks back this far, as an attack sequence
   * does.
   */
  private static final Duration LOOK_BACK = Duration.ofHours(24);

  /**
   * The facts that an alert got. A redelivered alert gets the same facts, whatever happened since.
   *
   * @param accepted the id of the accepted alert
   * @param version the version of the history that its write made
   * @param incident the id of its incident; empty if it was stored by an earlier version
   * @param days on how many days the rule had fired
   */
  public record Answer(
      String accepted,
      boolean newRule,
      Set<String> tactics,
      long version,
      String incident,
      Set<Novelty> novel,
      int days) {
    /** Copies the sets. */
    public Answer {
      tactics = Set.copyOf(tactics);
      novel = Set.copyOf(novel);
    }
  }

  /** Copies the collections. */
  public WorkloadHistory {
    rules = Map.copyOf(rules);
    tactics = Map.copyOf(tactics);
    answers = List.copyOf(answers);
    incidents = List.copyOf(incidents);
  }

  /** The history of a workload that was never seen. */
  static WorkloadHistory unknown(String workload) {
    return new WorkloadHistory(
        workload, 0, Instant.EPOCH, Map.of(), Map.of(), List.of(), List.of(), Behaviour.UNKNOWN);
  }

  /** The answer that an alert got before. */
  Optional<Answer> answer(AcceptedAlert accepted) {
    return answers.stream().filter(one -> one.accepted().equals(accepted.id())).findFirst();
  }

  /**
   * The facts about an alert. Deterministic: the same alert always gets the same facts.
   *
   * @param link the incident that an alert of several objects belongs to
   */
  HistoryFacts facts(
      AcceptedAlert accepted, IncidentSubject subject, Optional<Link> link, ScoringPolicy policy) {
    Optional<Answer> before = answer(accepted).filter(answer -> !answer.incident().isEmpty());
    if (before.isPresent()) {
      return facts(accepted, subject, before.get(), policy);
    }
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    boolean watched = version > 0 && !since.plus(policy.watchedFor()).isAfter(at);
    String first = rules.get(rule(alert));
    boolean unseen = first == null ? rules.size() < RULES : first.equals(alert.id());
    Set<String> lately = new HashSet<>(alert.tactics());
    // Before or after the alert's time, because alerts can arrive out of order.
    Instant earliest = at.minus(policy.chainWindow());
    Instant latest = at.plus(policy.chainWindow());
    tactics.forEach(
        (tactic, seen) -> {
          if (!seen.isBefore(earliest) && !seen.isAfter(latest)) {
            lately.add(tactic);
          }
        });
    OpenIncident incident = incident(accepted, link, policy);
    return new HistoryFacts(
        watched && unseen,
        lately,
        Optional.empty(),
        subject.kind().word(),
        behaviour.novel(alert, at, policy.novelty().watchedFor()),
        // All behaviour of a new image is new, so none of it is usual.
        behaviour.isWatched(alert, at, policy.novelty().watchedFor())
            ? behaviour.days(rule(alert), at)
            : 0,
        Optional.of(
            incident.asOf(version + 1, subject, reasons(incident, accepted, subject, policy))));
  }

  private HistoryFacts facts(
      AcceptedAlert accepted, IncidentSubject subject, Answer answer, ScoringPolicy policy) {
    Instant at = at(accepted);
    OpenIncident incident =
        byId(answer.incident())
            .orElseGet(
                () ->
                    OpenIncident.opened(answer.incident(), at)
                        .with(OpenIncident.step(accepted.alert(), at), answer.version()));
    return new HistoryFacts(
        answer.newRule(),
        answer.tactics(),
        Optional.empty(),
        subject.kind().word(),
        answer.novel(),
        answer.days(),
        Optional.of(
            incident.asOf(
                answer.version(), subject, reasons(incident, accepted, subject, policy))));
  }

  /**
   * The incident that an alert of several objects belongs to.
   *
   * @param others the incidents that were merged into this one
   */
  record Link(String id, Instant openedAt, List<OpenIncident> others) {
    Link {
      others = List.copyOf(others);
    }
  }

  /**
   * The open incident that the alert of that time belongs to: the latest one; one that was open at
   * that time takes precedence over one that was opened later.
   */
  Optional<OpenIncident> open(AcceptedAlert accepted, Duration window, ScoringPolicy policy) {
    Instant at = at(accepted);
    Optional<OpenIncident> later = Optional.empty();
    for (OpenIncident one : incidents.reversed()) {
      if (one.covers(at, window, policy.incidentEndsAfter())) {
        if (!at.isBefore(one.openedAt())) {
          return Optional.of(one);
        }
        later = later.or(() -> Optional.of(one));
      }
    }
    return later;
  }

  /** Maximum time between an alert and the incident that it belongs to. */
  static Duration reach(AcceptedAlert accepted, ScoringPolicy policy) {
    Duration window = policy.incidentWindow();
    return accepted.alert().related().isEmpty() || window.compareTo(LOOK_BACK) > 0
        ? window
        : LOOK_BACK;
  }

  /** The id of an incident that this alert opens: each process that scores it gets the same. */
  static String newId(String key, AcceptedAlert accepted) {
    return Fingerprint.hash("incident\n" + key + "\n" + accepted.id());
  }

  /** The incident with the alert's step in it. */
  private OpenIncident incident(AcceptedAlert accepted, Optional<Link> link, ScoringPolicy policy) {
    Instant at = at(accepted);
    OpenIncident known =
        link.map(
                one ->
                    byId(one.id())
                        .orElseGet(() -> OpenIncident.opened(one.id(), one.openedAt()))
                        .joining(one.others(), version + 1))
            .or(() -> open(accepted, reach(accepted, policy), policy))
            .orElseGet(() -> OpenIncident.opened(newId(workload, accepted), at));
    return known.with(OpenIncident.step(accepted.alert(), at), version + 1);
  }

  private Optional<OpenIncident> byId(String id) {
    return incidents.stream().filter(one -> one.id().equals(id)).findFirst();
  }

  private List<String> reasons(
      OpenIncident incident,
      AcceptedAlert accepted,
      IncidentSubject subject,
      ScoringPolicy policy) {
    List<String> reasons = new ArrayList<>(2);
    reasons.add(
        incident.id().equals(newId(workload, accepted))
            ? "opened by this alert about " + subject.words()
            : "another alert about "
                + subject.words()
                + " within "
                + ScoringPolicy.inWords(reach(accepted, policy)));
    if (!accepted.alert().related().isEmpty()) {
      reasons.add("the alert spans several objects, whose incidents continue as one");
    }
    return reasons;
  }

  /**
   * Returns this history with the alert and its facts added, or itself if it already has the alert.
   *
   * @param keepsOpen whether the alert is bad enough to keep its incident open
   */
  WorkloadHistory remember(
      AcceptedAlert accepted,
      HistoryFacts told,
      Optional<Link> link,
      boolean keepsOpen,
      ScoringPolicy policy) {
    if (answers.stream().anyMatch(answer -> answer.accepted().equals(accepted.id()))) {
      return this;
    }
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    OpenIncident incident = incident(accepted, link, policy);
    return new WorkloadHistory(
        workload,
        version + 1,
        version == 0 || at.isBefore(since) ? at : since,
        withRule(rule(alert), alert.id()),
        withTactics(alert, at),
        withAnswer(
            new Answer(
                accepted.id(),
                told.newRule(),
                told.tactics(),
                version + 1,
                told.incident().map(Incident::id).orElse(""),
                told.novel(),
                told.days())),
        withIncident(keepsOpen ? incident.keptOpen(at) : incident),
        counts(alert) ? behaviour.with(alert, rule(alert), at) : behaviour);
  }

  private List<OpenIncident> withIncident(OpenIncident incident) {
    List<OpenIncident> next = new ArrayList<>(incidents.size() + 1);
    for (OpenIncident one : incidents) {
      if (!one.id().equals(incident.id()) && !incident.joined().contains(one.id())) {
        next.add(one);
      }
    }
    next.add(incident);
    return next.size() <= INCIDENTS ? next : next.subList(next.size() - INCIDENTS, next.size());
  }

  private Map<String, String> withRule(String rule, String alert) {
    if (rules.containsKey(rule) || rules.size() >= RULES) {
      return rules;
    }
    Map<String, String> next = new LinkedHashMap<>(rules);
    next.put(rule, alert);
    return next;
  }

  /**
   * Whether an alert counts in the scores of others. A deviation from a model that is not enforced
   * does not: no playbook may act on it, so it must not lift another alert over a playbook's
   * threshold.
   */
  private static boolean counts(Alert alert) {
    return !alert.has(Trait.UNDER_REVIEW);
  }

  private Map<String, Instant> withTactics(Alert alert, Instant at) {
    if (alert.tactics().isEmpty() || !counts(alert)) {
      return tactics;
    }
    Map<String, Instant> next = new LinkedHashMap<>(tactics);
    for (String tactic : alert.tactics()) {
      next.merge(tactic, at, WorkloadHistory::latest);
    }
    return next;
  }

  private static Instant latest(Instant known, Instant at) {
    return known.isBefore(at) || known.isAfter(at.plus(CLOCK_SKEW)) ? at : known;
  }

  private List<Answer> withAnswer(Answer answer) {
    List<Answer> next = new ArrayList<>(answers.size() + 1);
    next.addAll(answers.size() < ANSWERS ? answers : answers.subList(1, answers.size()));
    next.add(answer);
    return next;
  }

  /**
   * The event time, at most the latest that deduplicate accepted of the problem. That is at most 5
   * minutes after an alert was received, so a sender cannot keep an incident open in advance. It is
   * part of the event, so a redelivery has the same.
   */
  static Instant at(AcceptedAlert accepted) {
    Instant observedAt = accepted.alert().observedAt();
    return observedAt == null || observedAt.isAfter(accepted.lastAt())
        ? accepted.lastAt()
        : observedAt;
  }

  private static String rule(Alert alert) {
    return alert.source() + "/" + alert.rule();
  }
}
