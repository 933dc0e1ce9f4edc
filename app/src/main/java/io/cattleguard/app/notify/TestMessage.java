package io.cattleguard.app.notify;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The deliveries of a test: an alert that is marked as a test. */
final class TestMessage {
  /** The text for people. */
  static final String TITLE = "TEST of Cattleguard, no action needed";

  private TestMessage() {}

  /**
   * The deliveries, in order. A pager gets no samples, so its alert is not marked as one, and a
   * second delivery ends the page.
   */
  static List<Delivery> to(DestinationSettings settings, Instant now) {
    ScoredAlert scored = scored(now, settings.isPager() ? List.of() : List.of(Trait.SAMPLE));
    List<Delivery> deliveries = new ArrayList<>();
    deliveries.add(new Delivery(settings.name(), new Notice.Scored(scored), List.of()));
    if (settings.isPager()) {
      ResponseDecided ended =
          new ResponseDecided(
              scored,
              "notify-test",
              "notify-test",
              "nothing",
              ResponseOutcome.RELEASED,
              List.of(),
              "The test has ended.",
              now,
              null);
      deliveries.add(new Delivery(settings.name(), new Notice.Decided(ended), List.of()));
    }
    return List.copyOf(deliveries);
  }

  private static ScoredAlert scored(Instant now, List<Trait> traits) {
    String id = Fingerprint.hash("notify-test " + now);
    Alert alert =
        new Alert(
            id,
            AlertClass.HEALTH,
            "cattleguard",
            TITLE,
            Severity.INFORMATIONAL,
            List.of(),
            List.of(),
            traits,
            Target.builder().build(),
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            now,
            1,
            List.of(),
            "");
    return new ScoredAlert(
        new AcceptedAlert(alert, id, Acceptance.OPENED, 1, now, now, 1, 0), 0, List.<Points>of());
  }
}
