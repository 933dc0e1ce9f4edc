package io.cattleguard.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Intake;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.deduplicate.silence.SilenceCommands;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.respond.LeaseSweep;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Router;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.muted.MutedAlerts;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.deviation.DeviationEvent;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The road of an alert in one process; infra/terraform builds the same road in AWS. */
public final class Pipeline {
  private volatile Intake intake;
  private volatile Steps steps;
  private final InstantSource clock;
  private final Journal journal;
  private final Bus bus;
  private final LeaseSweep releases;

  /** The steps of the road. */
  public record Steps(
      Deduplicator deduplicator,
      Scorer scorer,
      Router router,
      Dispatcher dispatcher,
      Responders responders,
      Detections detections,
      Optional<Digest> digest,
      Optional<ReportLearning> learning,
      Optional<MutedAlerts> muted,
      Optional<SilenceCommands> silences) {
    /** The steps of a policy that learn nothing from sensors' reports. */
    public Steps(
        Deduplicator deduplicator,
        Scorer scorer,
        Router router,
        Dispatcher dispatcher,
        Responders responders,
        Detections detections,
        Optional<Digest> digest) {
      this(
          deduplicator,
          scorer,
          router,
          dispatcher,
          responders,
          detections,
          digest,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }

    /** The steps of a policy without digests. */
    public Steps(
        Deduplicator deduplicator,
        Scorer scorer,
        Router router,
        Dispatcher dispatcher,
        Responders responders,
        Detections detections) {
      this(deduplicator, scorer, router, dispatcher, responders, detections, Optional.empty());
    }

    /** The steps of a policy in which no raw event is an alert. */
    public Steps(
        Deduplicator deduplicator,
        Scorer scorer,
        Router router,
        Dispatcher dispatcher,
        Responders responders) {
      this(deduplicator, scorer, router, dispatcher, responders, Detections.NONE);
    }
  }

  /**
   * Connects the steps. Each arrow is the bus, and a step receives the events that its pattern file
   * matches:
   *
   * <pre>
   *   take -> deduplicate --[Alert Accepted]--> score --[Alert Scored]--+--> route -> destinations
   *                                                                     |
   *                                  route <--[Response Decided]-- respond
   *                                    |
   *                                    +--[People Notified]--> record
   *
   *   every event --> record -> incidents (only a server has it)
   * </pre>
   */
  public Pipeline(Bus bus, Steps steps, InstantSource clock, Journal journal) {
    this.intake = new Intake(steps.deduplicator, steps.detections);
    this.steps = steps;
    this.clock = clock;
    this.journal = journal;
    this.bus = bus;
    this.releases = new LeaseSweep(() -> this.steps.responders.all(), Duration.ZERO);
    bus.deliver("score", this::score);
    bus.deliver("route", this::route);
    bus.deliver(
        Responders.KUBERNETES, message -> respond(this.steps.responders.kubernetes(), message));
    bus.deliver(Responders.AWS, message -> respond(this.steps.responders.aws(), message));
    bus.deliver(Responders.COMMAND, this::carryOut);
    bus.deliver("deduplicate-command", this::silence);
    bus.deliver(
        "route-command",
        message -> bus.send(this.steps.router.route(OperatorCommand.read(message))));
    bus.deliverToDestinations(this::tell);
  }

  /** Connects the steps with a bus in memory. */
  public Pipeline(Path patterns, Steps steps, InstantSource clock, Journal journal) {
    this(new InProcessBus(patterns), steps, clock, journal);
  }

  /** Replaces the steps, for example after the policy has changed. Messages under way finish. */
  public void replace(Steps next) {
    intake = new Intake(next.deduplicator, next.detections);
    steps = next;
  }

  /**
   * Processes a recorded event, or the events of an envelope; returns when every step is done. An
   * unreadable event is reported to the journal only.
   */
  public void take(String raw, Origin origin) {
    for (Intake.Received received : intake.readRecorded(raw, origin)) {
      journal.read(received.reading());
      if (received.reading() instanceof Reading.Read) {
        // The journal of a replay has just moved the clock to this event's time.
        deduplicate(List.of(received.at(clock.instant())));
      }
    }
  }

  /** Processes events that arrived together from the sensor of that cluster. */
  public void take(List<ReceivedEvent> events, String cluster) {
    List<Intake.Received> batch = new ArrayList<>(events.size());
    for (ReceivedEvent event : events) {
      Optional<WorkloadObserved> report =
          event.report() ? SensorReport.read(event.raw()) : Optional.empty();
      if (report.isPresent()) {
        journal.read(new Reading.Ignored("a sensor's report of what workloads do"));
        learn(report.get(), event, cluster, batch);
      } else {
        Origin origin = new Origin(cluster, event.node(), event.receivedAt(), event.clockOffset());
        add(intake.read(event.raw(), origin, event.count()), batch);
      }
    }
    deduplicate(batch);
  }

  private void add(Intake.Received received, List<Intake.Received> batch) {
    journal.read(received.reading());
    batch.add(received);
  }

  /** Learns from a report; a deviation from a model is an alert of the sensor that reported it. */
  private void learn(
      WorkloadObserved report, ReceivedEvent event, String cluster, List<Intake.Received> batch) {
    Origin origin = new Origin(cluster, event.node(), event.receivedAt(), Duration.ZERO);
    steps.learning.ifPresent(
        learning -> {
          for (DeviationEvent deviation :
              learning.deviations(report, cluster, event.clockOffset(), event.receivedAt())) {
            add(intake.read(deviation.write(), origin, 1), batch);
          }
          learning.learn(report, cluster, event.clockOffset(), event.receivedAt());
        });
  }

  /** Only published alerts cross the bus, so a merged alert costs next to nothing. */
  private void deduplicate(List<Intake.Received> batch) {
    for (Intake.Result result : intake.deduplicate(batch)) {
      result.verdict().ifPresent(verdict -> judged(result.received(), verdict));
    }
  }

  private void judged(Intake.Received received, Verdict verdict) {
    if (received.reading() instanceof Reading.Unreadable unreadable) {
      journal.unreadable(received.raw(), unreadable.reason(), verdict);
    } else {
      journal.judged(verdict);
    }
    verdict
        .publish()
        .ifPresent(
            accepted ->
                publish("deduplicate", DetailType.ALERT_ACCEPTED, AlertJson.write(accepted)));
  }

  private void score(JsonNode detail) {
    ScoredAlert scored = steps.scorer.score(AlertJson.readAccepted(detail));
    journal.scored(scored);
    publish("score", DetailType.ALERT_SCORED, AlertJson.write(scored));
  }

  private void respond(Responder responder, JsonNode message) {
    if (DelayedMessage.isIn(message)) {
      responder.again(DelayedMessage.read(message), clock.instant(), this::decideLater);
      return;
    }
    ScoredAlert scored = AlertJson.readScored(message);
    List<ResponseDecided> answers = new ArrayList<>();
    boolean applies =
        responder.respond(
            scored,
            clock.instant(),
            false,
            decided -> {
              answers.add(decided);
              decide(decided);
            });
    journal.answered(scored, answers, applies);
  }

  /** A person's command. Each responder carries out the part about its own actions. */
  private void carryOut(JsonNode message) {
    OperatorCommand command = OperatorCommand.read(message);
    Optional<String> ignored = Optional.empty();
    for (Responder responder : steps.responders.all()) {
      Optional<String> reason = responder.command(command, clock.instant(), this::decideLater);
      reason.ifPresent(why -> journal.ignored(command, why));
      ignored = ignored.or(() -> reason);
    }
    Responder.answer(command, ignored)
        .ifPresent(answer -> publish("respond", DetailType.OPERATOR_COMMAND, answer.write()));
  }

  /** A person's command about a silence, which deduplicate carries out. */
  private void silence(JsonNode message) {
    OperatorCommand command = OperatorCommand.read(message);
    if (!command.isOpen()) {
      return;
    }
    steps.silences.ifPresent(
        silences -> {
          Optional<String> ignored = silences.carryOut(command, clock.instant());
          ignored.ifPresent(why -> journal.ignored(command, why));
          bus.publish(
              new BusEvent(
                  OperatorSource.DEDUPLICATE,
                  DetailType.OPERATOR_COMMAND,
                  clock.instant(),
                  silences.answer(command, ignored, clock.instant()).write()));
        });
  }

  /** Publishes a person's command. */
  public void command(OperatorCommand command) {
    bus.publish(
        new BusEvent(
            OperatorSource.OPERATE,
            DetailType.OPERATOR_COMMAND,
            command.observedAt(),
            command.write()));
  }

  /** Releases what ended leases contain. The caller's timer sets the interval. */
  public void releaseEnded() {
    releases
        .sweep(clock.instant(), this::decideLater)
        .ifPresent(
            error -> {
              throw error;
            });
  }

  private void decideLater(ResponseDecided decided) {
    decide(decided);
    journal.respondedLater(decided);
  }

  private void decide(ResponseDecided decided) {
    journal.responded(decided);
    publish("respond", DetailType.RESPONSE_DECIDED, decided.write());
  }

  private void route(JsonNode detail) {
    if (detail.has("response")) {
      ResponseDecided decided = ResponseDecided.read(detail);
      bus.send(steps.router.route(decided));
      journal.routed(decided);
      return;
    }
    ScoredAlert scored = AlertJson.readScored(detail);
    steps.digest.ifPresent(digest -> digest.add(scored, clock.instant()));
    bus.send(steps.router.route(scored));
    steps.muted.ifPresent(muted -> bus.send(muted.add(scored, clock.instant())));
    journal.routed(scored);
  }

  /** Notifies people of the alerts that an inhibition hid and that nothing hides any more. */
  public void tellMuted() {
    steps.muted.ifPresent(
        muted -> {
          for (MutedAlerts.Due due : muted.due(clock.instant())) {
            bus.send(due.deliveries());
            muted.remove(due, clock.instant());
          }
        });
  }

  /** Sends the digests that are due. */
  public Digest.Report sendDigests() {
    return steps.digest.map(digest -> digest.sendDue(clock.instant())).orElse(Digest.Report.NONE);
  }

  private List<Attempt> tell(List<Delivery> deliveries) {
    Dispatcher.Dispatched dispatched = steps.dispatcher.dispatch(deliveries, clock.instant());
    journal.told(dispatched.attempts());
    for (Attempt attempt : dispatched.attempts()) {
      attempt
          .notified(clock.instant())
          .ifPresent(one -> publish("route", DetailType.PEOPLE_NOTIFIED, one.write()));
    }
    return dispatched.attempts();
  }

  private void publish(String step, DetailType type, ObjectNode detail) {
    bus.publish(new BusEvent("cattleguard." + step, type, clock.instant(), detail));
  }
}
