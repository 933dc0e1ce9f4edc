package io.cattleguard.local;

import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.AlertReader;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Origin;
import io.cattleguard.events.Reading;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Responder;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Router;
import io.cattleguard.score.Scorer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** The road of an alert, in one process. */
final class Pipeline {
  private final AlertReader reader = new AlertReader();
  private final Deduplicator deduplicator;
  private final InProcessBus bus;
  private final InstantSource clock;
  private final Journal journal;

  /** The whole road; infra/terraform draws the same one for AWS. */
  Pipeline(
      Path patterns,
      Deduplicator deduplicator,
      Scorer scorer,
      Router router,
      Dispatcher dispatcher,
      Responder responder,
      InstantSource clock,
      Journal journal) {
    this.deduplicator = deduplicator;
    this.clock = clock;
    this.journal = journal;
    this.bus = new InProcessBus(patterns, List.of("score", "route", "respond"));

    bus.deliver(
        "score",
        detail -> {
          ScoredAlert scored = scorer.score(AlertJson.readAccepted(detail));
          journal.scored(scored);
          publish("cattleguard.score", DetailType.ALERT_SCORED, AlertJson.write(scored));
        });
    bus.deliver(
        "respond",
        detail -> {
          ScoredAlert scored = AlertJson.readScored(detail);
          for (ResponseDecided decided : responder.respond(scored, clock.instant(), false)) {
            journal.responded(decided);
            publish("cattleguard.respond", DetailType.RESPONSE_DECIDED, AlertJson.write(decided));
          }
        });
    bus.deliver(
        "route",
        detail -> {
          List<Delivery> deliveries =
              detail.has("response")
                  ? router.route(AlertJson.readDecided(detail))
                  : router.route(AlertJson.readScored(detail));
          journal.told(
              AlertJson.readScored(detail),
              dispatcher.dispatch(deliveries, clock.instant()).attempts());
        });
  }

  /** Takes one event in, as the text that arrived; returns when all that came of it is done. */
  void take(String raw, Origin origin) {
    Reading reading = reader.read(raw, origin);
    journal.read(reading);
    if (reading instanceof Reading.Read read) {
      for (Verdict verdict :
          deduplicator.deduplicate(List.of(new Arrival(read.alert(), origin.receivedAt())))) {
        journal.judged(verdict);
        verdict.publish().ifPresent(this::publish);
      }
    }
  }

  private void publish(AcceptedAlert accepted) {
    publish("cattleguard.deduplicate", DetailType.ALERT_ACCEPTED, AlertJson.write(accepted));
  }

  private void publish(
      String source, DetailType type, com.fasterxml.jackson.databind.node.ObjectNode detail) {
    bus.publish(new BusEvent(source, type, clock.instant(), detail));
  }
}
