package io.cattleguard.app.server;

import io.cattleguard.app.road.Journal;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.Road;
import io.cattleguard.app.road.Taken;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Attempt;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The road as a server runs it: each step has a queue in the state file, so that one that is slow
 * or away holds up no other, and whoever is killed goes on where he was.
 */
final class LiveRoad implements Road, AutoCloseable {
  /** Events of one transaction. */
  private static final int TOGETHER = 64;

  private static final int TRIES = 3;

  private final String cluster;
  private final StateFile file;
  private final DurableQueue queue;
  private final DurableBus bus;
  private final Pipeline pipeline;
  private final Journal journal;
  private final Consumer<String> trouble;
  private final List<SqliteTable> tables;
  private final InstantSource clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("timer").factory());

  /**
   * Over a state file, and steps that keep their state in tables of it.
   *
   * @param cluster where the events come from
   * @param trouble is told of what somebody should mend, without any alert's text
   */
  LiveRoad(
      String cluster,
      StateFile file,
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
    this.queue = new DurableQueue(file, clock);
    this.bus =
        new DurableBus(patterns, file, queue, Set.of("respond-kubernetes", "respond-aws"), trouble);
    this.pipeline = new Pipeline(bus, steps, clock, new Committed());
  }

  /** Begins to work. */
  void start() {
    bus.start();
    repeat(this::releaseEnded, Duration.ofSeconds(3));
    repeat(file::checkpoint, Duration.ofSeconds(2));
    repeat(this::prune, Duration.ofMinutes(1));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task catches what goes wrong
  private void repeat(Runnable task, Duration every) {
    timer.scheduleWithFixedDelay(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            // It is tried again soon, and whoever asks for the state hears the same.
            trouble.accept("not done for now: " + e.getClass().getSimpleName());
          }
        },
        every.toMillis(),
        every.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void releaseEnded() {
    pipeline.releaseEnded();
  }

  private void prune() {
    tables.forEach(table -> table.prune(clock.instant()));
    queue.prune();
  }

  @Override
  public void take(List<Taken> events) {
    for (int from = 0; from < events.size(); from += TOGETHER) {
      List<Taken> some = events.subList(from, Math.min(events.size(), from + TOGETHER));
      try {
        takeTogether(some);
      } catch (RuntimeException e) {
        // Whatever is wrong with one of them is not the others' fault.
        some.forEach(this::takeAlone);
      }
    }
    // The steps are at work already; only the input waits for the device before it forgets.
    file.flush();
  }

  private void takeTogether(List<Taken> events) {
    file.transaction(
        () -> {
          pipeline.take(events, cluster);
          return true;
        });
  }

  /**
   * What cannot be taken although the file can be written would stop everything behind it for ever:
   * it is parked.
   */
  private void takeAlone(Taken event) {
    for (int tries = 1; ; tries++) {
      Optional<Unavailable> before = file.lastOutage();
      try {
        takeTogether(List.of(event));
        return;
      } catch (RuntimeException e) {
        Optional<Unavailable> outage = file.lastOutage();
        if (!outage.equals(before)) {
          // Not its fault. To park it needs less room and may succeed, and nobody would answer it.
          throw new Unavailable(outage.map(Throwable::getMessage).orElse(""), e);
        }
        if (tries == TRIES) {
          String reason = e.getClass().getSimpleName();
          queue.parkUnreadable(event.raw(), reason);
          journal.read(new Reading.Unreadable("it could not be taken: " + reason));
          trouble.accept("an event is parked, because it could not be taken: " + reason);
          return;
        }
      }
    }
  }

  DurableQueue queue() {
    return queue;
  }

  /** Finishes what is under way, as far as that takes no longer; the rest waits in the file. */
  void drain(Duration atMost) throws InterruptedException {
    bus.drain(atMost);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    bus.close();
  }

  /** Tells the journal what is committed, and nothing else: the rest happens again. */
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
    public void told(List<Attempt> attempts) {
      file.afterCommit(() -> journal.told(attempts));
    }

    @Override
    public void responded(ResponseDecided decided) {
      file.afterCommit(() -> journal.responded(decided));
    }

    @Override
    public void answered(ScoredAlert scored, List<ResponseDecided> answers) {
      file.afterCommit(() -> journal.answered(scored, answers));
    }
  }
}
