package io.cattleguard.app.replay;

import com.fasterxml.jackson.core.JsonGenerator;
import io.cattleguard.app.models.RecordedDeviations;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.recording.UnreadRest;
import io.cattleguard.app.road.EventClock;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.road.Journal;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.Responders;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Router;
import io.cattleguard.route.digest.Owners;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sends recorded events through the pipeline, with event time as the clock. It has no destinations
 * and no cluster, so it changes nothing.
 */
final class Replay implements Journal {
  private final EventClock clock = new EventClock();
  private final EventCounts counts = new EventCounts();
  private final SkippedEvents unreadable = new SkippedEvents();
  private final SkippedEvents ignored = new SkippedEvents();
  private final List<Incident> incidents = new ArrayList<>();
  private final Map<String, Incident> latest = new HashMap<>();
  private final Set<String> seen = new HashSet<>();
  private final Coverage coverage = new Coverage();
  private final RecordedDeviations deviations;
  private final Owners owners;
  private final Map<String, Playbook> playbooks;
  private final Pipeline pipeline;

  /** Whether the current event is a copy of an earlier one; copies are only counted. */
  private boolean copy;

  private final @Nullable String cluster;
  private String file = "";
  private RecordedEvent event = new RecordedEvent(0, "");

  /** Creates a replay of a policy, with the folder of pattern files. */
  Replay(Policy policy, Path patterns) {
    this(policy, patterns, null);
  }

  /**
   * Creates a replay of events of a cluster, which is a part of fingerprints.
   *
   * @param cluster of events that do not name one; absent for none
   */
  Replay(Policy policy, Path patterns, @Nullable String cluster) {
    this.cluster = cluster;
    this.owners = policy.owners();
    this.deviations = new RecordedDeviations(policy.models().all(), cluster, clock.instant());
    this.playbooks =
        policy.playbooks().all().stream()
            .collect(Collectors.toMap(Playbook::name, one -> one, (one, other) -> one));
    Map<String, Destination> destinations = new HashMap<>();
    for (DestinationSettings settings : policy.routes().destinations()) {
      destinations.put(settings.name(), Replay::skipAll);
    }
    pipeline =
        new Pipeline(
            patterns,
            new Pipeline.Steps(
                new Deduplicator(
                    new InMemorySightings(),
                    policy.suppressions(),
                    DeduplicationSettings.DEFAULT,
                    Quiet.of(policy.inhibitions())),
                new Scorer(policy.scoring(), new InMemoryWorkloadHistories(), policy.models()),
                new Router(policy.routes(), scored -> policy.owners().of(scored).isPresent()),
                new Dispatcher(destinations, new InMemoryConversations()),
                Responders.forRehearsal(policy.playbooks(), new InMemoryLedger(), clock),
                policy.detections()),
            clock,
            this);
  }

  private static List<Outcome> skipAll(List<Delivery> deliveries, Instant now) {
    return Collections.nCopies(deliveries.size(), new Outcome.Skipped("replay sends nothing"));
  }

  /** Processes one event. */
  void take(String from, RecordedEvent next) {
    file = from;
    event = next;
    pipeline.take(next.text(), new Origin(cluster, clock.instant()));
    deviations.take(next);
  }

  /** Counts the rest of a file that could not be read as one unreadable event. */
  void lost(UnreadRest rest) {
    file = rest.file();
    event = new RecordedEvent(rest.line(), "");
    read(new Reading.Unreadable(rest.reason()));
  }

  @Override
  public void read(Reading reading) {
    counts.receive();
    coverage.receive(file);
    switch (reading) {
      case Reading.Read read -> {
        coverage.add(read.alert());
        Instant at = read.alert().observedAt();
        if (at != null) {
          clock.moveTo(at);
        }
      }
      case Reading.Ignored one -> {
        counts.count(EventCounts.Column.IGNORED);
        ignored.add(file, event, one.reason());
      }
      case Reading.Unreadable one -> {
        counts.count(EventCounts.Column.UNREADABLE);
        unreadable.add(file, event, one.reason());
      }
    }
  }

  @Override
  public void judged(Verdict verdict) {
    counts.count(verdict.column());
    Alert alert = verdict.alert();
    copy = !seen.add(alert.id());
    if (verdict.column() == Verdict.Column.OPENED) {
      Incident incident = new Incident(verdict.fingerprint(), alert);
      incidents.add(incident);
      latest.put(verdict.fingerprint(), incident);
    }
    Incident incident = latest.get(verdict.fingerprint());
    if (!copy && incident != null && verdict.column() != Verdict.Column.SUPPRESSED) {
      incident.add(alert, verdict.targetKey());
    }
  }

  @Override
  public void scored(ScoredAlert scored) {
    if (!copy) {
      Incident incident = incident(scored);
      incident.add(scored);
      owners.of(scored).ifPresent(owner -> incident.setOwner(owner.name()));
    }
  }

  @Override
  public void told(List<Attempt> attempts) {
    if (copy) {
      return;
    }
    for (Attempt attempt : attempts) {
      if (attempt.delivery().notice() instanceof Notice.About about) {
        incident(about.scored()).add(attempt.delivery());
      }
    }
  }

  @Override
  public void responded(ResponseDecided decided) {
    if (!copy) {
      Playbook playbook = playbooks.get(decided.playbook());
      incident(decided.scored())
          .add(
              decided,
              playbook == null
                  ? Mode.OBSERVE
                  : playbook.at(decided.scored().alert().target()).mode());
    }
  }

  private Incident incident(ScoredAlert scored) {
    return latest.computeIfAbsent(
        scored.accepted().fingerprint(), key -> new Incident(key, scored.alert()));
  }

  EventCounts counts() {
    return counts;
  }

  List<Incident> incidents() {
    return incidents;
  }

  /** What the sources of the recording reported. */
  Coverage coverage() {
    return coverage;
  }

  /** What deviates from the policy's models, also in events that are no alerts. */
  RecordedDeviations deviations() {
    return deviations;
  }

  SkippedEvents unreadable() {
    return unreadable;
  }

  SkippedEvents ignored() {
    return ignored;
  }

  /** Prints the JSON report in pieces, because it may be large. */
  void printJson(PrintStream out) {
    try (JsonGenerator json = JsonLines.generator(out)) {
      json.writeStartObject();
      json.writeNumberField("received", counts.received());
      write(json, "unreadable", unreadable);
      write(json, "ignored", ignored);
      json.writeNumberField("opened", counts.of(EventCounts.Column.OPENED));
      json.writeNumberField("spread", counts.of(EventCounts.Column.SPREAD));
      json.writeNumberField("merged", counts.of(EventCounts.Column.MERGED));
      json.writeNumberField("suppressed", counts.of(EventCounts.Column.SUPPRESSED));
      json.writeArrayFieldStart("incidents");
      for (Incident incident : incidents) {
        json.writeTree(incident.toJson());
      }
      json.writeEndArray();
      if (deviations.hasModels()) {
        json.writeArrayFieldStart("deviations");
        for (RecordedDeviations.Found each : deviations.found()) {
          json.writeTree(each.toJson());
        }
        json.writeEndArray();
        json.writeNumberField("deviationsNotListed", deviations.more());
        json.writeNumberField("observationsCompared", deviations.compared());
        if (deviations.compared() == 0) {
          json.writeStringField("deviationsWhy", DeviationWords.NOTHING_COMPARED);
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.println();
  }

  private static void write(JsonGenerator json, String name, SkippedEvents skipped)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (SkippedEvents.SkippedEvent one : skipped.all()) {
      json.writeStartObject();
      json.writeStringField("file", one.file());
      json.writeNumberField("line", one.line());
      json.writeStringField("reason", one.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
