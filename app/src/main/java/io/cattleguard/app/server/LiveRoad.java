package io.cattleguard.app.server;

import io.cattleguard.app.road.Journal;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.ReceivedEvent;
import io.cattleguard.app.road.Road;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.Recorder;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The road of a server. Each step has a queue in the state file, so a slow or unavailable step does
 * not delay the others, and a killed process resumes where it stopped.
 */
final class LiveRoad implements Road, AutoCloseable {
  /** Events per transaction. */
  private static final int BATCH = 64;

  private static final int TRIES = 3;

  private final String cluster;
  private final StateFile file;
  private final DurableQueue queue;
  private final DurableBus bus;
  private final Pipeline pipeline;
  private final Journal journal;
  private final Consumer<String> trouble;
  private final AtomicLong failures = new AtomicLong();
  private final List<SqliteTable> tables;
  private final InstantSource clock;
  private Optional<SqliteIncidents> prunable = Optional.empty();
  private volatile Digest.Report digests = Digest.Report.NONE;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("timer").factory());

  /**
   * Creates the road; {@code steps} keep their state in {@code tables} of the state file.
   *
   * @param cluster the name of the cluster that the events come from
   * @param trouble receives problems for the operator, without the text of an alert
   */
  LiveRoad(
      String cluster,
      StateFile file,
      DurableQueue queue,
      List<SqliteTable> tables,
      Path patterns,
      Pipeline.Steps steps,
      InstantSource clock,
      Journal journal,
      Consumer<String> trouble) {
    this.cluster = cluster;
    this.file = file;
    this.tables = List.copyOf(tables);
    this.clock = clock;
    this.journal = journal;
    this.trouble = trouble;
    this.queue = queue;
    this.bus =
        new DurableBus(
            patterns,
            file,
            queue,
            Set.of("respond-kubernetes", "respond-aws", "respond-command"),
            trouble);
    this.pipeline = new Pipeline(bus, steps, clock, new Committed());
  }

  /** Connects the step record; a failure or a backlog of it delays no other step. */
  void recordIn(SqliteIncidents incidents, IncidentCounts counts, CanaryHops canaries) {
    Recorder recorder = new Recorder(incidents);
    bus.deliverSlowly(
        "record",
        detail -> {
          try {
            counts.count(recorder.record(detail, Recorder.OPERATOR));
            if (!detail.has("response") && Canary.isIn(detail)) {
              canaries.passed(CanaryHops.Hop.RECORD, AlertJson.readScored(detail).alert());
            }
          } catch (RuntimeException e) {
            counts.countFailure();
            throw e;
          }
        });
    prunable = Optional.of(incidents);
  }

  /** Replaces the steps, which keep their state in the same tables. */
  void replace(Pipeline.Steps next) {
    pipeline.replace(next);
  }

  /** Publishes a person's command; it is on disk when this returns. */
  void command(OperatorCommand command) {
    pipeline.command(command);
    file.flush();
  }

  /** Sends a canary through all steps; it is on disk when this returns. */
  void sendCanary(CanaryHops canaries) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    String id = Long.toString(now.toEpochMilli(), Character.MAX_RADIX);
    canaries.sent(now);
    file.transaction(
        () -> {
          pipeline.take(List.of(new ReceivedEvent(Canary.event(id, now), now)), Canary.CLUSTER);
          return true;
        });
    file.flush();
  }

  /** Sends the digests that are due. */
  void sendDigests() {
    Digest.Report before = digests;
    digests = pipeline.sendDigests();
    digests.troubles().stream()
        .filter(one -> !before.troubles().contains(one)) // already reported
        .forEach(trouble);
  }

  /** Notifies people of alerts that an inhibition hid and that nothing hides any more. */
  void tellMuted() {
    pipeline.tellMuted();
  }

  /** The digests that wait, as of the latest attempt to send them. */
  Digest.Report digests() {
    return digests;
  }

  /** Sets who knows which destinations take messages. */
  void watch(DestinationStates states) {
    bus.watch(states);
  }

  /** The destinations for which messages wait. */
  Set<String> waiting() {
    return bus.waiting();
  }

  /** Starts the steps and the periodic tasks. */
  void start() {
    bus.start();
    repeat(this::releaseEnded, Duration.ofSeconds(3));
    repeat(file::checkpoint, Duration.ofSeconds(2));
    repeat(this::prune, Duration.ofMinutes(1));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failure does not end the schedule
  private void repeat(Runnable task, Duration every) {
    timer.scheduleWithFixedDelay(
        // The next run retries. Steps that use the state file report the same failure.
        Worker.task("of the server", task, this::failed),
        every.toMillis(),
        every.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void releaseEnded() {
    pipeline.releaseEnded();
  }

  private void prune() {
    tables.forEach(table -> table.prune(clock.instant()));
    prunable.ifPresent(incidents -> incidents.prune(clock.instant()));
    queue.prune();
  }

  private void failed(String sentence) {
    failures.incrementAndGet();
    trouble.accept(sentence);
  }

  /** How often its threads and periodic tasks failed and were restarted. */
  long failures() {
    return failures.get() + bus.failures();
  }

  /** Names a part that only a restart of the process may restore. */
  Optional<String> ailment() {
    return bus.ailment();
  }

  @Override
  public void take(List<ReceivedEvent> events) {
    for (int from = 0; from < events.size(); from += BATCH) {
      List<ReceivedEvent> some = events.subList(from, Math.min(events.size(), from + BATCH));
      try {
        takeBatch(some);
      } catch (RuntimeException e) {
        // One bad event must not block the others: process each alone.
        some.forEach(this::takeAlone);
      }
    }
    // The input deletes its copy after this flush. The steps do not wait for it.
    file.flush();
  }

  private void takeBatch(List<ReceivedEvent> events) {
    file.transaction(
        () -> {
          pipeline.take(events, cluster);
          return true;
        });
  }

  /**
   * Processes one event. If it fails although the state file is writable, it is parked, because it
   * would block all later events.
   */
  private void takeAlone(ReceivedEvent event) {
    for (int tries = 1; ; tries++) {
      Optional<Unavailable> before = file.lastOutage();
      try {
        takeBatch(List.of(event));
        return;
      } catch (RuntimeException e) {
        Optional<Unavailable> outage = file.lastOutage();
        if (!outage.equals(before)) {
          // The disk is at fault, not the event. Parking might succeed, and the event would be lost
          // for the steps.
          throw new Unavailable(outage.map(Throwable::getMessage).orElse(""), e);
        }
        if (tries == TRIES) {
          String reason = e.getClass().getSimpleName();
          queue.parkUnreadable(event.raw(), reason);
          journal.read(new Reading.Unreadable("it could not be processed: " + reason));
          trouble.accept("parked an event that could not be processed: " + reason);
          return;
        }
      }
    }
  }

  DurableQueue queue() {
    return queue;
  }

  /**
   * Waits until the current work is done, but not longer than given; the rest stays in the file.
   */
  void drain(Duration atMost) throws InterruptedException {
    bus.drain(atMost);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    bus.close();
  }

  /** Passes results to the journal after their transaction is committed; others are repeated. */
  private final class Committed implements Journal {
    @Override
    public void read(Reading reading) {
      file.afterCommit(() -> journal.read(reading));
    }

    @Override
    public void unreadable(String raw, String reason, Verdict healthAlert) {
      requireRecorded(healthAlert);
      queue.parkUnreadable(raw, reason);
    }

    @Override
    public void judged(Verdict verdict) {
      requireRecorded(verdict);
      file.afterCommit(() -> journal.judged(verdict));
    }

    private static void requireRecorded(Verdict verdict) {
      if (verdict.column() == Verdict.Column.FAILED) {
        throw new Unavailable("an alert could not be recorded");
      }
    }

    @Override
    public void scored(ScoredAlert scored) {
      file.afterCommit(() -> journal.scored(scored));
    }

    @Override
    public void routed(ScoredAlert scored) {
      file.afterCommit(() -> journal.routed(scored));
    }

    @Override
    public void routed(ResponseDecided decided) {
      file.afterCommit(() -> journal.routed(decided));
    }

    @Override
    public void told(List<Attempt> attempts) {
      file.afterCommit(() -> journal.told(attempts));
    }

    @Override
    public void responded(ResponseDecided decided) {
      file.afterCommit(() -> journal.responded(decided));
    }

    @Override
    public void respondedLater(ResponseDecided decided) {
      file.afterCommit(() -> journal.respondedLater(decided));
    }

    @Override
    public void ignored(OperatorCommand command, String reason) {
      file.afterCommit(() -> journal.ignored(command, reason));
    }

    @Override
    public void answered(ScoredAlert scored, List<ResponseDecided> answers, boolean applies) {
      file.afterCommit(() -> journal.answered(scored, answers, applies));
    }
  }
}
