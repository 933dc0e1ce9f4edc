package io.cattleguard.score;

import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Incident;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An incident as the history of its subject keeps it, at most about 4 kB. Immutable.
 *
 * @param keptOpenAt event time of the latest alert that keeps it open
 * @param steps the first alert of each rule, in the order in which they were written
 * @param joined ids of the incidents that were merged into this one
 */
record OpenIncident(
    String id, Instant openedAt, Instant keptOpenAt, List<Seen> steps, List<String> joined) {
  /** Maximum number of steps. Further rules add no information. */
  private static final int STEPS = 24;

  private static final int JOINED = 8;
  private static final int RULE = 120;
  private static final int TACTICS = 14;

  /**
   * A step, with the version of the history that added it: a redelivered alert gets the steps that
   * it got before.
   */
  record Seen(long version, Incident.Step step) {}

  OpenIncident {
    steps = List.copyOf(steps);
    joined = List.copyOf(joined);
  }

  static OpenIncident opened(String id, Instant at) {
    return new OpenIncident(id, at, at, List.of(), List.of());
  }

  /** The step of an alert. */
  static Incident.Step step(Alert alert, Instant at) {
    return new Incident.Step(
        at,
        alert.source(),
        bounded(alert.rule()),
        alert.severity(),
        alert.tactics().size() <= TACTICS ? alert.tactics() : alert.tactics().subList(0, TACTICS));
  }

  private static @Nullable String bounded(@Nullable String rule) {
    return rule == null ? null : HostileText.visible(rule, RULE);
  }

  /**
   * Whether an alert of that time belongs to it. Alerts may arrive out of order.
   *
   * @param window the time around the alerts that keep it open
   * @param endsAfter when it ends after it was opened, even if alerts keep it open
   */
  boolean covers(Instant at, Duration window, Duration endsAfter) {
    return !at.isBefore(openedAt.minus(window))
        && !at.isAfter(keptOpenAt.plus(window))
        && !at.isAfter(openedAt.plus(endsAfter));
  }

  /** A copy that an alert of that time keeps open. */
  OpenIncident keptOpen(Instant at) {
    return at.isAfter(keptOpenAt) ? new OpenIncident(id, openedAt, at, steps, joined) : this;
  }

  /** A copy with the step, unless the rule has one. */
  OpenIncident with(Incident.Step step, long version) {
    boolean known = steps.stream().anyMatch(seen -> isSameRule(seen.step, step));
    if (known || steps.size() >= STEPS) {
      return this;
    }
    List<Seen> next = new ArrayList<>(steps);
    next.add(new Seen(version, step));
    return new OpenIncident(id, openedAt, keptOpenAt, next, joined);
  }

  private static boolean isSameRule(Incident.Step one, Incident.Step other) {
    return one.source().equals(other.source()) && Objects.equals(one.rule(), other.rule());
  }

  /** A copy with the steps of incidents that were merged into this one. */
  OpenIncident joining(List<OpenIncident> others, long version) {
    OpenIncident all = this;
    List<String> ids = new ArrayList<>(joined);
    List<Incident.Step> theirs = new ArrayList<>();
    for (OpenIncident other : others) {
      other.steps.forEach(seen -> theirs.add(seen.step));
      if (!other.id.equals(id) && !ids.contains(other.id) && ids.size() < JOINED) {
        ids.add(other.id);
      }
    }
    theirs.sort(Comparator.comparing(Incident.Step::at));
    for (Incident.Step step : theirs) {
      all = all.with(step, version);
    }
    return new OpenIncident(id, openedAt, keptOpenAt, all.steps, ids);
  }

  /** The incident as it was at that version of the history. */
  Incident asOf(long version, IncidentSubject subject, List<String> reasons) {
    return new Incident(
        id,
        openedAt,
        subject.words(),
        reasons,
        steps.stream().filter(seen -> seen.version <= version).map(Seen::step).toList(),
        joined);
  }
}
