package io.cattleguard.bench;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Router;
import io.cattleguard.route.Routes;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.ScoringPolicy;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures parsing, deduplicate, score, and the decisions of route and respond, compared with only
 * parsing the text with Jackson.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx4g", "-Xms4g", "-XX:+UseSerialGC"})
public class TriageBenchmark {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Origin ORIGIN = new Origin("blue", Instant.parse("2026-03-02T09:15:00Z"));

  /** One alert in this many opens a new problem: 50 is a noisy day, 1 is the worst case. */
  @Param({"50", "1"})
  public int newEvery;

  private FalcoStream stream = new FalcoStream(1);
  private final AlertReader reader = new AlertReader();
  private Road road = Road.fresh();

  /** Processes an accepted alert. */
  private record Road(
      Deduplicator deduplicator, Scorer scorer, Router router, Responder responder) {
    private static Road fresh() {
      PolicyFiles policy =
          new PolicyFiles(Path.of(System.getProperty("cattleguard.home", "."), "policy"));
      return new Road(
          new Deduplicator(
              new InMemorySightings(), Suppressions.read(policy), DeduplicationSettings.DEFAULT),
          new Scorer(ScoringPolicy.read(policy), new InMemoryWorkloadHistories()),
          new Router(Routes.read(policy, Destinations.TYPES)),
          new Responder(
              Playbooks.read(policy),
              Places.of(
                  KubernetesScope.class, KubernetesScope.of(new NoCluster(), Optional.empty())),
              new InMemoryLedger(),
              ResponderSettings.REHEARSAL,
              () -> ORIGIN.receivedAt(),
              millis -> {}));
    }
  }

  /** Resets the state before each iteration, so that it does not grow beyond that of one day. */
  @Setup(Level.Iteration)
  public void freshMemory() {
    stream = new FalcoStream(newEvery);
    road = Road.fresh();
  }

  /** The whole of triage. */
  @Benchmark
  public void triage(Blackhole hole) {
    Reading reading = reader.read(stream.next(), ORIGIN);
    if (!(reading instanceof Reading.Read read)) {
      throw new IllegalStateException("a generated alert was not read: " + reading);
    }
    List<Verdict> verdicts =
        road.deduplicator.deduplicate(List.of(new Arrival(read.alert(), ORIGIN.receivedAt())));
    for (Verdict verdict : verdicts) {
      verdict.publish().ifPresent(accepted -> decide(accepted, hole));
      hole.consume(verdict);
    }
  }

  private void decide(AcceptedAlert accepted, Blackhole hole) {
    ScoredAlert scored = road.scorer.score(accepted);
    hole.consume(road.router.route(scored));
    hole.consume(road.responder.respond(scored, ORIGIN.receivedAt(), false));
  }

  /** Parsing only: from the text to an alert. */
  @Benchmark
  public Reading parse() {
    return reader.read(stream.next(), ORIGIN);
  }

  /** Jackson only, into trees. */
  @Benchmark
  public JsonNode jacksonTree() throws IOException {
    return JSON.readTree(stream.next());
  }

  /** Jackson only, token by token. */
  @Benchmark
  public int jacksonStream() throws IOException {
    int tokens = 0;
    try (JsonParser parser = JSON.createParser(stream.next())) {
      while (parser.nextToken() != null) {
        tokens += parser.getTextLength();
      }
    }
    return tokens;
  }
}
