package io.cattleguard.app.demo;

import io.cattleguard.app.demo.DemoMoment.Judged;
import io.cattleguard.app.demo.DemoMoment.Responded;
import io.cattleguard.app.demo.DemoMoment.Scored;
import io.cattleguard.app.demo.DemoMoment.Told;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.Books;
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

/** Plays the story through the real road and keeps what happens, with measured times. */
public final class DemoPlay implements Journal {
  private final DemoStory story;
  private final DemoStage stage;
  private final Pipeline pipeline;
  private final InstantSource clock;
  private final Books books = new Books();
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
                new Scorer(policy.scoring(), new InMemoryWorkloadHistories()),
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

  /** Plays an act's noise; returns what came of it. */
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

  /** Plays what the attacker does; returns what came of it. */
  public List<DemoMoment> attack(DemoStory.Attack attack) {
    moments.clear();
    take(stage.falco(attack.event(), Optional.of(attack.pod())));
    return List.copyOf(moments);
  }

  private void take(String raw) {
    books.receive();
    started = System.nanoTime();
    pipeline.take(raw, new Origin(story.cluster(), clock.instant()));
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - started);
  }

  Books books() {
    return books;
  }

  @Override
  public void read(Reading reading) {
    switch (reading) {
      case Reading.Read read -> {
        // judged next
      }
      case Reading.Ignored ignored -> books.count(Books.Column.IGNORED);
      case Reading.Unreadable unreadable -> books.count(Books.Column.UNREADABLE);
    }
  }

  @Override
  public void judged(Verdict verdict) {
    books.count(verdict.column());
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
