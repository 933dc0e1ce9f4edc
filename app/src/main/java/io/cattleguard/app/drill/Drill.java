package io.cattleguard.app.drill;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.record.Headline;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.RecordedIncidents;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs the steps of a drill, waits for the incident of each, and cleans up. */
final class Drill implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** How long responses may come after the last step was sensed. */
  private static final Duration SETTLE = Duration.ofSeconds(3);

  private static final int INCIDENTS = 500;

  private final Parts parts;
  private final Map<DrillStep, Instant> started = new EnumMap<>(DrillStep.class);
  private final Map<DrillStep, String> refused = new EnumMap<>(DrillStep.class);
  private final Map<DrillStep, String> failed = new EnumMap<>(DrillStep.class);
  private final Map<DrillStep, String> pods = new EnumMap<>(DrillStep.class);
  private final Map<DrillStep, Duration> after = new EnumMap<>(DrillStep.class);
  private final Map<DrillStep, IncidentSummary> sensed = new EnumMap<>(DrillStep.class);

  /** Whether an object was created and not removed yet. */
  @GuardedBy("this")
  private boolean touched;

  /** Whether it ends now, set by another thread. */
  private volatile boolean interrupted;

  /**
   * The parts of a drill.
   *
   * @param cluster absent if events about pods that do not exist are injected
   * @param input absent if the sensors report the steps
   * @param pause waits between two looks
   */
  record Parts(
      String run,
      String clusterName,
      String namespace,
      String image,
      List<DrillStep> steps,
      Optional<DrillCluster> cluster,
      Optional<DrillInput> input,
      RecordedIncidents incidents,
      DrillForecast forecast,
      Duration patience,
      InstantSource clock,
      Consumer<Duration> pause,
      Consumer<String> say) {
    Parts {
      steps = List.copyOf(steps);
    }
  }

  Drill(Parts parts) {
    this.parts = parts;
  }

  /**
   * Makes {@link #run} start nothing more and return the card so far, within a second and one call
   * of the cluster or the deployment.
   */
  void interrupt() {
    interrupted = true;
  }

  /**
   * Runs it.
   *
   * @throws Unavailable if the cluster or the deployment does not answer
   */
  DrillCard run() {
    Instant began = parts.clock().instant();
    // Finds out that a deployment does not answer before anything is started.
    List<IncidentSummary> unused = parts.incidents().latest(began, 1);
    parts
        .cluster()
        .ifPresent(
            cluster -> {
              int removed = cluster.removeLeftovers(began);
              if (removed > 0) {
                parts.say().accept("removed what earlier drills left behind: " + removed);
              }
              synchronized (this) {
                touched = true;
              }
              cluster.prepare(began);
            });
    try {
      for (DrillStep step : parts.steps()) {
        if (!interrupted) {
          start(step);
        }
      }
      follow(began);
    } catch (Unavailable e) {
      // What is interrupted removes its objects meanwhile, and creates no more.
      if (!interrupted) {
        throw e;
      }
    }
    return card(began);
  }

  private void start(DrillStep step) {
    if (parts.cluster().isPresent()) {
      Optional<String> why = parts.cluster().get().start(step);
      if (why.isPresent()) {
        refused.put(step, why.get());
        return;
      }
    } else {
      pods.put(step, DrillManifests.name(parts.run(), step.id()) + "-x2x4k");
      inject(
          step,
          new DrillPod(
              parts.namespace(),
              pods.getOrDefault(step, ""),
              Optional.empty(),
              Optional.empty(),
              "Running"));
    }
  }

  private void inject(DrillStep step, DrillPod pod) {
    Instant now = parts.clock().instant();
    started.put(step, now);
    if (parts.input().isEmpty()) {
      return;
    }
    try {
      parts.input().get().send(new DrillEvents(parts.run(), parts.image(), now).of(step, pod));
    } catch (Unavailable e) {
      started.remove(step);
      failed.put(step, String.valueOf(e.getMessage()));
    }
  }

  private void follow(Instant began) {
    Instant until = began.plus(parts.patience());
    Optional<Instant> complete = Optional.empty();
    while (true) {
      Instant now = parts.clock().instant();
      lookForPods();
      lookForIncidents(began);
      if (complete.isEmpty() && parts.steps().stream().allMatch(this::isDone)) {
        complete = Optional.of(now);
      }
      if (interrupted
          || !now.isBefore(until)
          || complete.filter(at -> !now.isBefore(at.plus(SETTLE))).isPresent()) {
        return;
      }
      parts.pause().accept(PAUSE);
    }
  }

  private boolean isDone(DrillStep step) {
    return sensed.containsKey(step) || refused.containsKey(step) || failed.containsKey(step);
  }

  /** A step begins when its container does; a sensor sees nothing before. */
  private void lookForPods() {
    if (parts.cluster().isEmpty() || interrupted) {
      return;
    }
    for (DrillStep step : parts.steps()) {
      if (!isDone(step) && !started.containsKey(step)) {
        parts
            .cluster()
            .get()
            .pod(step)
            .ifPresent(
                pod -> {
                  pods.put(step, pod.name());
                  if (pod.hasStarted()) {
                    inject(step, pod);
                  }
                });
      }
    }
  }

  private void lookForIncidents(Instant began) {
    Instant now = parts.clock().instant();
    for (IncidentSummary incident :
        parts.incidents().latest(began.minus(Duration.ofMinutes(1)), INCIDENTS)) {
      for (DrillStep step : parts.steps()) {
        if (isOf(step, incident.place())) {
          IncidentSummary before = sensed.put(step, incident);
          Instant start = started.getOrDefault(step, began);
          if (before == null) {
            after.put(step, Duration.between(start, now));
          }
        }
      }
    }
  }

  /** The Job's name has the run and the step, so no other workload has it. */
  private boolean isOf(DrillStep step, Target place) {
    String job = DrillManifests.name(parts.run(), step.id());
    return parts.namespace().equals(place.namespace())
        && Stream.ofNullable(place.pod())
            .anyMatch(pod -> pod.equals(job) || pod.startsWith(job + "-"));
  }

  private DrillCard card(Instant began) {
    List<DrillCard.Row> rows = new ArrayList<>();
    for (DrillStep step : parts.steps()) {
      rows.add(row(step));
    }
    return new DrillCard(
        parts.run(),
        parts.clusterName(),
        parts.namespace(),
        began,
        parts.input().isPresent(),
        rows);
  }

  private DrillCard.Row row(DrillStep step) {
    IncidentSummary incident = sensed.get(step);
    if (incident != null) {
      return row(step, incident);
    }
    String refusal = refused.get(step);
    if (refusal != null) {
      return DrillCard.Row.of(step, DrillCard.Result.REFUSED, refusal);
    }
    String failure = failed.get(step);
    if (failure != null) {
      return DrillCard.Row.of(step, DrillCard.Result.NOT_RUN, failure);
    }
    if (interrupted) {
      Instant start = started.get(step);
      return DrillCard.Row.of(
          step,
          DrillCard.Result.INTERRUPTED,
          start == null
              ? "the drill was interrupted before this step ran"
              : "no sensor had reported it when the drill was interrupted, "
                  + Duration.between(start, parts.clock().instant()).toSeconds()
                  + " s after it ran");
    }
    return started.containsKey(step)
        ? DrillCard.Row.of(step, DrillCard.Result.UNSEEN, "")
        : DrillCard.Row.of(step, DrillCard.Result.NOT_RUN, notStarted(step));
  }

  private String notStarted(DrillStep step) {
    return parts
        .cluster()
        .flatMap(cluster -> cluster.pod(step))
        .map(pod -> "its pod did not start: " + (pod.state().isEmpty() ? "pending" : pod.state()))
        .orElse("its Job has no pod; look at the namespace's events");
  }

  private DrillCard.Row row(DrillStep step, IncidentSummary incident) {
    Optional<IncidentRecord> record = record(incident);
    return new DrillCard.Row(
        step,
        DrillCard.Result.SENSED,
        incident.rules().stream().map(rule -> rule.source() + ": " + rule.rule()).toList(),
        Optional.ofNullable(after.get(step)),
        incident.score(),
        record.flatMap(IncidentRecord::headline).map(Headline::reasons).orElse(List.of()),
        parts.forecast().notified(incident, record.flatMap(IncidentRecord::headline)),
        incident.actions().stream().map(Drill::inWords).toList(),
        Optional.of(incident.id()),
        "");
  }

  private Optional<IncidentRecord> record(IncidentSummary incident) {
    try {
      return parts.incidents().find(incident.id());
    } catch (Unavailable e) {
      if (interrupted) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String inWords(IncidentSummary.Action action) {
    if (action.outcome() == ResponseOutcome.OBSERVED) {
      return IncidentWords.observed(action.action(), action.objected(), action.why())
          + ", playbook "
          + action.playbook();
    }
    return action.action()
        + " "
        + action.outcome().jsonName()
        + " (playbook "
        + action.playbook()
        + "): "
        + action.why();
  }

  /**
   * Removes what was created, also after a part of it failed; a second call does nothing.
   *
   * @return what it removed, as kind and name
   */
  synchronized List<String> cleanUp() {
    List<String> removed = new ArrayList<>();
    if (touched) {
      parts.cluster().ifPresent(cluster -> removed.addAll(cluster.cleanUp()));
      touched = false;
    }
    return removed;
  }

  @Override
  public void close() {
    List<String> unused = cleanUp();
  }
}
