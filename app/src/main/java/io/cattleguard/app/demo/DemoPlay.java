package io.cattleguard.app.demo;

import io.cattleguard.app.demo.DemoMoment.Judged;
import io.cattleguard.app.demo.DemoMoment.Responded;
import io.cattleguard.app.demo.DemoMoment.Scored;
import io.cattleguard.app.demo.DemoMoment.Told;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.road.Journal;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.Responders;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.InMemoryDestination;
import io.cattleguard.route.Router;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sends the story's events through the real pipeline and records each result with its time. */
public final class DemoPlay implements Journal {
  private final DemoStory story;
  private final DemoStage stage;
  private final Pipeline pipeline;
  private final InstantSource clock;
  private final EventCounts counts = new EventCounts();
  private final List<DemoMoment> moments = new ArrayList<>();
  private final Map<String, Integer> turns = new HashMap<>();
  private long started;

  public DemoPlay(
      DemoStory story, DemoStage stage, Policy policy, Path patterns, InstantSource clock) {
    this.story = story;
    this.stage = stage;
    this.clock = clock;
    Map<String, Destination> destinations = new HashMap<>();
    for (DestinationSettings settings : policy.routes().destinations()) {
      destinations.put(settings.name(), new InMemoryDestination());
    }
    pipeline =
        new Pipeline(
            patterns,
            new Pipeline.Steps(
                new Deduplicator(
                    new InMemorySightings(), policy.suppressions(), DeduplicationSettings.DEFAULT),
                new Scorer(policy.scoring(), new InMemoryWorkloadHistories(), policy.models()),
                new Router(policy.routes()),
                new Dispatcher(destinations, new InMemoryConversations()),
                Responders.of(
                    policy.playbooks(),
                    stage.cluster(),
                    Optional.of(story.cluster()),
                    new InMemoryLedger(),
                    ResponderSettings.DEFAULT,
                    clock,
                    Pace::sleep)),
            clock,
            this);
  }

  /** Sends the background events of an act; returns the results. */
  List<DemoMoment> noise(DemoStory.Act act) {
    moments.clear();
    act.noise()
        .forEach(
            (name, times) -> {
              DemoStory.Noise noise = story.noise().get(name);
              if (noise == null) {
                throw new IllegalStateException("demo.yaml has no noise " + name);
              }
              for (int i = 0; i < times; i++) {
                take(stage.falco(noise.event(), noise.on().map(this::nextPod)));
              }
            });
    return List.copyOf(moments);
  }

  private String nextPod(String workload) {
    List<String> pods = stage.podsOf(workload);
    return pods.get(turns.merge(workload, 1, Integer::sum) % pods.size());
  }

  /** Sends the event of an attack; returns the results. */
  public List<DemoMoment> attack(DemoStory.Attack attack) {
    moments.clear();
    take(stage.falco(attack.event(), Optional.of(attack.pod())));
    return List.copyOf(moments);
  }

  private void take(String raw) {
    counts.receive();
    started = System.nanoTime();
    pipeline.take(raw, new Origin(story.cluster(), clock.instant()));
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - started);
  }

  EventCounts counts() {
    return counts;
  }

  @Override
  public void read(Reading reading) {
    switch (reading) {
      case Reading.Read read -> {
        // counted by its verdict
      }
      case Reading.Ignored ignored -> counts.count(EventCounts.Column.IGNORED);
      case Reading.Unreadable unreadable -> counts.count(EventCounts.Column.UNREADABLE);
    }
  }

  @Override
  public void judged(Verdict verdict) {
    counts.count(verdict.column());
    moments.add(new Judged(elapsed(), verdict));
  }

  @Override
  public void scored(ScoredAlert scored) {
    moments.add(new Scored(elapsed(), scored));
  }

  @Override
  public void told(List<Attempt> attempts) {
    moments.add(new Told(elapsed(), attempts));
  }

  @Override
  public void responded(ResponseDecided decided) {
    moments.add(new Responded(elapsed(), decided));
  }
}
