package io.cattleguard.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Origin;
import io.cattleguard.events.Reading;
import io.cattleguard.events.RecordedEvent;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.InMemoryLedger;
import io.cattleguard.respond.NoCluster;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Router;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sends recorded events down the road, with event time as the clock, and touches nothing. */
final class Replay implements Journal {
  private final EventClock clock = new EventClock();
  private final Books books = new Books();
  private final Map<String, Incident> incidents = new LinkedHashMap<>();
  private final List<Left> unreadable = new ArrayList<>();
  private final List<Left> ignored = new ArrayList<>();
  private final Pipeline pipeline;

  private String file = "";
  private int line;

  Replay(Policy policy, Path patterns) {
    Map<String, Destination> destinations = new HashMap<>();
    for (DestinationSettings settings : policy.routes().destinations()) {
      destinations.put(settings.name(), Replay::rehearse);
    }
    pipeline =
        new Pipeline(
            patterns,
            new Deduplicator(
                new InMemorySightings(), policy.suppressions(), DeduplicationSettings.DEFAULT),
            new Scorer(policy.scoring(), new InMemoryWorkloadHistories()),
            new Router(policy.routes()),
            new Dispatcher(destinations, new InMemoryConversations()),
            new Responder(
                policy.playbooks(),
                new NoCluster(),
                new InMemoryLedger(),
                ResponderSettings.forRehearsal(),
                clock,
                millis -> {}),
            clock,
            this);
  }

  /** An event that came to no alert, and why. */
  record Left(String file, int line, String reason) {}

  private static List<Outcome> rehearse(
      List<io.cattleguard.route.Delivery> deliveries, Instant now) {
    return deliveries.stream().map(delivery -> (Outcome) new Outcome.Delivered()).toList();
  }

  /** Takes one event. */
  void take(String from, RecordedEvent event) {
    file = from;
    line = event.line();
    books.received();
    pipeline.take(event.text(), new Origin(null, clock.instant()));
  }

  @Override
  public void read(Reading reading) {
    switch (reading) {
      case Reading.Read read -> {
        Instant at = read.alert().observedAt();
        if (at != null) {
          clock.moveTo(at);
        }
      }
      case Reading.Ignored one -> {
        books.ignored();
        ignored.add(new Left(file, line, one.reason()));
      }
      case Reading.Unreadable one -> {
        books.unreadable();
        unreadable.add(new Left(file, line, one.reason()));
      }
    }
  }

  @Override
  public void judged(Verdict verdict) {
    books.judged(verdict.column());
    if (verdict.column() != Verdict.Column.SUPPRESSED) {
      Alert alert = verdict.alert();
      incidents
          .computeIfAbsent(verdict.fingerprint(), key -> new Incident(key, withoutRaw(alert)))
          .add(alert, verdict.targetKey());
    }
  }

  /** A recording may be long, and an incident stays until its end. */
  private static Alert withoutRaw(Alert alert) {
    return new Alert(
        alert.id(),
        alert.alertClass(),
        alert.source(),
        alert.rule(),
        alert.severity(),
        alert.tactics(),
        alert.techniques(),
        alert.traits(),
        alert.target(),
        alert.process(),
        alert.network(),
        alert.file(),
        alert.observedAt(),
        alert.count(),
        alert.notes(),
        "");
  }

  @Override
  public void scored(ScoredAlert scored) {
    incident(scored).add(scored);
  }

  @Override
  public void told(ScoredAlert scored, List<Attempt> attempts) {
    incident(scored).add(attempts);
  }

  @Override
  public void responded(ResponseDecided decided) {
    incident(decided.scored()).add(decided);
  }

  private Incident incident(ScoredAlert scored) {
    return incidents.computeIfAbsent(
        scored.accepted().fingerprint(), key -> new Incident(key, withoutRaw(scored.alert())));
  }

  Books books() {
    return books;
  }

  Collection<Incident> incidents() {
    return incidents.values();
  }

  List<Left> unreadable() {
    return unreadable;
  }

  List<Left> ignored() {
    return ignored;
  }

  /** The object of DESIGN section 8. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("received", books.receivedCount());
    addLeft(out.putArray("unreadable"), unreadable);
    addLeft(out.putArray("ignored"), ignored);
    out.put("opened", books.openedCount());
    out.put("spread", books.spreadCount());
    out.put("merged", books.mergedCount());
    out.put("suppressed", books.suppressedCount());
    ArrayNode array = out.putArray("incidents");
    incidents.values().forEach(incident -> array.add(incident.toJson()));
    return out;
  }

  private static void addLeft(ArrayNode array, List<Left> left) {
    for (Left one : left) {
      array.addObject().put("file", one.file()).put("line", one.line()).put("reason", one.reason());
    }
  }
}
