package io.cattleguard.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Responder;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Router;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The road of an alert in one process; infra/terraform builds the same road in AWS. */
public final class Pipeline {
  private final AlertReader reader = new AlertReader();
  private final Steps steps;
  private final InstantSource clock;
  private final Journal journal;
  private final Bus bus;

  /** The steps of the road. */
  public record Steps(
      Deduplicator deduplicator,
      Scorer scorer,
      Router router,
      Dispatcher dispatcher,
      Responders responders) {}

  /**
   * Connects the steps. Each arrow is the bus, and a step receives the events that its pattern file
   * matches:
   *
   * <pre>
   *   take -> deduplicate --[Alert Accepted]--> score --[Alert Scored]--+--> route -> destinations
   *                                                                     |
   *                                  route <--[Response Decided]-- respond
   * </pre>
   */
  public Pipeline(Bus bus, Steps steps, InstantSource clock, Journal journal) {
    this.steps = steps;
    this.clock = clock;
    this.journal = journal;
    this.bus = bus;
    bus.deliver("score", this::score);
    bus.deliver("route", this::route);
    bus.deliver("respond-kubernetes", detail -> respond(steps.responders.kubernetes(), detail));
    bus.deliver("respond-aws", detail -> respond(steps.responders.aws(), detail));
    bus.deliverToDestinations(this::tell);
  }

  /** Connects the steps with a bus in memory. */
  public Pipeline(Path patterns, Steps steps, InstantSource clock, Journal journal) {
    this(new InProcessBus(patterns), steps, clock, journal);
  }

  /** Processes one event, given as its original text, through all steps. */
  public void take(String raw, Origin origin) {
    Reading reading = reader.read(raw, origin);
    journal.read(reading);
    if (reading instanceof Reading.Read read) {
      // Ask the clock only now: in a replay the journal has just set it to this event's time.
      deduplicate(List.of(new Arrival(read.alert(), clock.instant())));
    }
  }

  /** Processes a batch of events from the sensor of a cluster. */
  public void take(List<Taken> events, String cluster) {
    List<Arrival> arrivals = new ArrayList<>(events.size());
    for (Taken event : events) {
      Reading reading = reader.read(event.raw(), new Origin(cluster, event.receivedAt()));
      journal.read(reading);
      if (reading instanceof Reading.Read read) {
        Alert alert = event.count() == 1 ? read.alert() : read.alert().withCount(event.count());
        arrivals.add(new Arrival(alert, event.receivedAt()));
      } else if (reading instanceof Reading.Unreadable unreadable) {
        journal.unreadable(event.raw(), unreadable.reason());
      }
    }
    deduplicate(arrivals);
  }

  /** Publishes only accepted alerts, so a merged alert costs almost nothing. */
  private void deduplicate(List<Arrival> arrivals) {
    for (Verdict verdict : steps.deduplicator.deduplicate(arrivals)) {
      journal.judged(verdict);
      verdict
          .publish()
          .ifPresent(
              accepted ->
                  publish("deduplicate", DetailType.ALERT_ACCEPTED, AlertJson.write(accepted)));
    }
  }

  private void score(JsonNode detail) {
    ScoredAlert scored = steps.scorer.score(AlertJson.readAccepted(detail));
    journal.scored(scored);
    publish("score", DetailType.ALERT_SCORED, AlertJson.write(scored));
  }

  private void respond(Responder responder, JsonNode detail) {
    ScoredAlert scored = AlertJson.readScored(detail);
    List<ResponseDecided> answers = new ArrayList<>();
    responder.respond(
        scored,
        clock.instant(),
        false,
        decided -> {
          answers.add(decided);
          decide(decided);
        });
    journal.answered(scored, answers);
  }

  /** Releases containments whose lease has ended. */
  public void releaseEnded() {
    for (Responder responder : steps.responders.all()) {
      responder.releaseEnded(clock.instant(), this::decide);
    }
  }

  private void decide(ResponseDecided decided) {
    journal.responded(decided);
    publish("respond", DetailType.RESPONSE_DECIDED, AlertJson.write(decided));
  }

  private void route(JsonNode detail) {
    bus.send(
        detail.has("response")
            ? steps.router.route(AlertJson.readDecided(detail))
            : steps.router.route(AlertJson.readScored(detail)));
  }

  private List<Attempt> tell(List<Delivery> deliveries) {
    Dispatcher.Dispatched dispatched = steps.dispatcher.dispatch(deliveries, clock.instant());
    journal.told(dispatched.attempts());
    return dispatched.attempts();
  }

  private void publish(String step, DetailType type, ObjectNode detail) {
    bus.publish(new BusEvent("cattleguard." + step, type, clock.instant(), detail));
  }
}
