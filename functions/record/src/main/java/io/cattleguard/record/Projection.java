package io.cattleguard.record;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.trait.Trait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns an event of the road into additions to records, with bounded and visible text. */
public final class Projection {
  private static final int ID = 64;
  private static final int RECEIPT = 240;
  private static final int NAME = 100;
  private static final int WHO = 60;
  private static final int TEXT = 200;
  private static final int EXPLANATION = 600;
  private static final int REASONS = 12;
  private static final int JOINED = 20;

  /** Maximum difference between a reported time and the road's own times. */
  static final Duration EARLIER = Duration.ofDays(1);

  static final Duration LATER = Duration.ofMinutes(5);

  private static final Instant FIRST = Instant.parse("1971-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("2999-01-01T00:00:00Z");

  private Projection() {}

  /**
   * The additions of an event; empty if it is not about an incident, such as a canary or an alert
   * that was replayed through the whole road.
   *
   * @param detail the detail of {@code Alert Scored}, {@code Response Decided}, {@code People
   *     Notified} or {@code Operator Command}
   * @param source of the event's envelope, which says who gave a command
   * @param receivedAt when the bus took the event; limits the time that a command states
   * @param incidents used to look up the incident of a command that does not name it
   * @throws ContractViolation if it is none of these
   */
  static List<IncidentRecord> of(
      JsonNode detail, String source, Optional<Instant> receivedAt, RecordedIncidents incidents) {
    if (source.startsWith(CommandProjection.CALLER)) {
      // A person may give commands, but may not write outcomes or scores.
      return CommandProjection.of(
          detail, source, receivedAt, () -> Pointers.incident(detail, incidents));
    }
    if (detail.has("response")) {
      ResponseDecided decided = ResponseDecided.read(detail);
      return Stream.concat(
              decided(decided).stream(),
              isIgnored(decided.scored())
                  ? Stream.empty()
                  : Pointers.of(detail, id(decided.scored().incidentId()), decided.decidedAt())
                      .stream())
          .toList();
    }
    if (PeopleNotified.isIn(detail)) {
      return List.of(notified(PeopleNotified.read(detail)));
    }
    if (detail.has("score")) {
      return scored(AlertJson.readScored(detail));
    }
    return CommandProjection.of(
        detail, source, receivedAt, () -> Pointers.incident(detail, incidents));
  }

  private static IncidentRecord notified(PeopleNotified one) {
    String digest = Fingerprint.hash(one.id()).substring(0, 12);
    return IncidentRecord.at(id(one.incident()), one.alertAt())
        .withNotification(digest + " " + text(one.destination(), WHO));
  }

  private static boolean isIgnored(ScoredAlert scored) {
    Alert alert = scored.alert();
    return Canary.is(alert) || alert.has(Trait.REPLAYED);
  }

  private static List<IncidentRecord> decided(ResponseDecided decided) {
    if (isIgnored(decided.scored())) {
      return List.of();
    }
    List<IncidentRecord> additions = new ArrayList<>(scored(decided.scored()));
    String id = id(decided.scored().incidentId());
    Optional<ResponseDecided.Approval> approval = Optional.ofNullable(decided.approval());
    GuardsOfStep guards = GuardsOfStep.of(decided);
    ActionStep step =
        new ActionStep(
            bounded(decided.id(), RECEIPT, ID),
            decided.decidedAt(),
            sensedAt(decided.scored().accepted()),
            decided.outcome(),
            text(decided.playbook(), WHO),
            explanation(decided.explanation()),
            guards.objections(),
            guards.objectors(),
            Optional.ofNullable(decided.leaseUntil()),
            approval.map(ResponseDecided.Approval::until),
            approval.map(one -> text(one.id(), TEXT)).orElse(""),
            approval.map(one -> text(Objects.requireNonNullElse(one.by(), ""), WHO)).orElse(""));
    ActionRecord action =
        ActionRecord.of(
            text(decided.action(), WHO),
            text(decided.target(), TEXT),
            decided.effect(),
            step,
            guards.asked());
    additions.add(
        IncidentRecord.at(id, decided.decidedAt()).with(entry(action, step)).with(action));
    return merged(additions);
  }

  private static TimelineEntry entry(ActionRecord action, ActionStep step) {
    TimelineEntry.Kind kind =
        switch (step.outcome()) {
          case TAKEN, REQUESTED, FAILED, RELEASED, EXTENDED, AWAITING_APPROVAL ->
              TimelineEntry.Kind.EFFECT;
          case REFUSED, OBSERVED -> TimelineEntry.Kind.ANSWER;
        };
    String objections =
        step.objections().isEmpty() || step.explanation().contains(step.objections().getFirst())
            ? ""
            : " [" + String.join("; ", step.objections()) + "]";
    return new TimelineEntry(
        step.at(),
        kind,
        text(step.id(), ID),
        step.outcome().jsonName(),
        "playbook " + step.playbook(),
        text(
            action.action()
                + " on "
                + action.target()
                + ": "
                + step.explanation()
                + (step.decidedBy().isEmpty() ? "" : ", decided by " + step.decidedBy())
                + objections,
            TEXT * 2));
  }

  private static List<IncidentRecord> scored(ScoredAlert scored) {
    if (isIgnored(scored)) {
      return List.of();
    }
    AcceptedAlert accepted = scored.accepted();
    Instant at = sensedAt(accepted);
    Incident incident = scored.incident();
    String id = id(scored.incidentId());
    List<IncidentRecord> additions = new ArrayList<>();
    additions.add(
        IncidentRecord.at(id, at)
            .with(entry(accepted, at))
            .with(problem(accepted))
            .with(headline(scored, at))
            .with(silences(accepted.silenced()), Set.of()));
    additions.add(IncidentRecord.at(id, accepted.lastAt()));
    if (incident != null) {
      additions.add(IncidentRecord.at(id, incident.openedAt()));
      incident.joined().stream()
          .limit(JOINED)
          .filter(joined -> !id(joined).equals(id))
          .forEach(
              joined ->
                  additions.add(
                      IncidentRecord.at(id(joined), incident.openedAt())
                          .with(Set.of(), Set.of(id))));
    }
    return merged(additions);
  }

  private static Set<String> silences(@Nullable Silenced silenced) {
    return silenced == null
        ? Set.of()
        : Set.of(
            text(silenced.by() + ": " + silenced.reason(), NAME)
                + (silenced.responders() ? " (responders too)" : ""));
  }

  private static Problem problem(AcceptedAlert accepted) {
    Alert alert = accepted.alert();
    return new Problem(
        id(accepted.fingerprint()),
        text(alert.source(), WHO),
        text(rule(alert), NAME),
        Optional.ofNullable(alert.severity()),
        Math.max(0, accepted.count() - alert.count()),
        Math.max(0, accepted.count()),
        accepted.lastAt(),
        AcceptableEntry.of(alert).map(List::of).orElse(List.of()));
  }

  private static Headline headline(ScoredAlert scored, Instant at) {
    Alert alert = scored.alert();
    String title = alert.title();
    Incident incident = scored.incident();
    return new Headline(
        text(scored.id(), ID),
        scored.score(),
        scored.reasons().stream()
            .limit(REASONS)
            .map(points -> new Points(points.value(), text(points.reason(), NAME)))
            .toList(),
        Optional.of(alert.alertClass()),
        at,
        incident == null ? "" : text(incident.subject(), TEXT),
        text(title == null ? rule(alert) : title, NAME),
        bounded(alert.target()));
  }

  private static TimelineEntry entry(AcceptedAlert accepted, Instant at) {
    Alert alert = accepted.alert();
    StringBuilder what = new StringBuilder(rule(alert));
    String pod = alert.target().pod();
    if (pod != null) {
      what.append(" on pod ").append(pod);
    }
    String command = alert.process().commandLine();
    if (command != null) {
      what.append(": ").append(command);
    }
    if (accepted.count() > 1) {
      what.append(" (").append(accepted.count()).append(" alerts so far)");
    }
    return new TimelineEntry(
        at,
        switch (accepted.acceptance()) {
          case OPENED, SPREAD, ESCALATED -> TimelineEntry.Kind.ALERT;
          case REPEATED, CONTINUING -> TimelineEntry.Kind.REPEAT;
        },
        text(accepted.id(), ID),
        accepted.acceptance().jsonName(),
        text(alert.source(), WHO),
        text(what.toString(), TEXT));
  }

  private static String rule(Alert alert) {
    String rule = alert.rule();
    return rule == null ? "(no rule name)" : rule;
  }

  private static Instant sensedAt(AcceptedAlert accepted) {
    Instant at = accepted.alert().observedAt();
    return at == null
        ? accepted.lastAt()
        : within(
            at, plain(accepted.firstAt()).minus(EARLIER), plain(accepted.lastAt()).plus(LATER));
  }

  /** That time, or the nearest one between these two. */
  static Instant within(Instant at, Instant earliest, Instant latest) {
    if (at.isBefore(earliest)) {
      return earliest;
    }
    return at.isAfter(latest) ? latest : at;
  }

  /** A time in the range that stores support. */
  static Instant plain(Instant at) {
    return within(at, FIRST, LAST);
  }

  /** The additions of one event, one record per incident. */
  private static List<IncidentRecord> merged(List<IncidentRecord> additions) {
    List<IncidentRecord> merged = new ArrayList<>();
    for (IncidentRecord addition : additions) {
      int at = 0;
      while (at < merged.size() && !merged.get(at).id().equals(addition.id())) {
        at++;
      }
      if (at == merged.size()) {
        merged.add(addition);
      } else {
        merged.set(at, merged.get(at).merge(addition));
      }
    }
    return merged;
  }

  static Target bounded(Target target) {
    return Target.builder()
        .cluster(name(target.cluster()))
        .node(name(target.node()))
        .namespace(name(target.namespace()))
        .pod(name(target.pod()))
        .podUid(name(target.podUid()))
        .workload(name(target.workload()))
        .containerId(name(target.containerId()))
        .containerName(name(target.containerName()))
        .image(name(target.image()))
        .account(name(target.account()))
        .region(name(target.region()))
        .instance(name(target.instance()))
        .securityGroup(name(target.securityGroup()))
        .principal(name(target.principal()))
        .resource(name(target.resource()))
        .build();
  }

  private static @Nullable String name(@Nullable String text) {
    return text == null ? null : text(text, NAME);
  }

  /** An id of an incident, as a key. */
  static String id(String id) {
    String bounded = text(id, ID);
    return bounded.isBlank() ? "unknown" : bounded;
  }

  /** The outcome of an action, with the advice and the names of all guards at its end. */
  private static String explanation(String text) {
    return bounded(text, EXPLANATION, TEXT);
  }

  /** A text that takes much more space in the stored JSON than it has characters is cut earlier. */
  private static String bounded(String text, int limit, int earlier) {
    String whole = text(text, limit);
    int size =
        whole.getBytes(StandardCharsets.UTF_8).length
            + (int) whole.chars().filter(one -> one == '"' || one == '\\').count();
    return size <= limit ? whole : text(text, earlier);
  }

  static String text(String text, int limit) {
    return HostileText.visible(text, limit);
  }
}
