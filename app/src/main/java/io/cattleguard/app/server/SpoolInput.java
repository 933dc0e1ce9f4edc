package io.cattleguard.app.server;

import io.cattleguard.app.road.ReceivedEvent;
import io.cattleguard.app.road.Road;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.sensor.intake.Stamp;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Moves alerts from the spool to the road, and deletes them from the spool afterwards. If the
 * process is killed in between, the alerts are moved again.
 */
final class SpoolInput implements AutoCloseable {
  private static final long ROUND_BYTES = 1 << 20;
  private static final long FILED_AT_ONCE = 4 << 20;
  private static final long PAUSE_MILLIS = 500;

  private final Spool spool;
  private final GroupCommit commits;
  private final Road road;
  private final Consumer<String> trouble;
  private final Semaphore news;
  private final Worker worker;
  private volatile boolean closed;
  private volatile boolean failing;

  /**
   * Reads from a spool.
   *
   * @param news receives a permit when an alert has arrived
   * @param trouble receives a message when processing starts to fail, and when it works again
   */
  SpoolInput(
      Spool spool, GroupCommit commits, Semaphore news, Road road, Consumer<String> trouble) {
    this.spool = spool;
    this.commits = commits;
    this.news = news;
    this.road = road;
    this.trouble = trouble;
    this.worker = new Worker("input", this::run, trouble);
  }

  /** Starts, first with the alerts that the previous process left. */
  void start() {
    worker.start();
  }

  /** Whether processing is failing at the moment. */
  boolean isFailing() {
    return failing || !worker.isWell();
  }

  /** Whether it can continue; otherwise the server should be restarted. */
  boolean isWell() {
    return worker.isWell();
  }

  private void run() throws InterruptedException {
    while (!closed) {
      try {
        if (!handOn()) {
          news.acquire();
          news.drainPermits();
        }
        worker.works();
      } catch (Unavailable | SpoolUnavailable e) {
        fail(String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        // The message may contain the text of an alert.
        fail(e.getClass().getSimpleName());
      }
    }
  }

  private boolean handOn() {
    if (spool.hasBacklog()) {
      // Sorts new alerts into the backlog by severity, so that severe ones are processed first.
      commits.change(to -> to.file(FILED_AT_ONCE));
    }
    Round round = spool.next(ROUND_BYTES);
    if (round.isEmpty()) {
      return false;
    }
    List<ReceivedEvent> events = round.alerts().stream().map(SpoolInput::taken).toList();
    road.take(events);
    commits.change(to -> to.finish(round));
    if (failing) {
      failing = false;
      trouble.accept("processing of alerts works again");
    }
    return true;
  }

  /** A stamp with a count is on an alert that was not folded. */
  private static ReceivedEvent taken(Round.Folded one) {
    Stamp.Stamped stamped = Stamp.read(one.text());
    Stamp stamp = stamped.stamp();
    return new ReceivedEvent(
        stamped.event(),
        one.receivedAt(),
        Math.max(one.count(), stamp.count()),
        stamp.node(),
        stamp.clockOffset(),
        stamp.report());
  }

  private void fail(String reason) {
    if (!failing) {
      failing = true;
      trouble.accept(
          "processing of alerts fails: alerts are kept on disk, retrying every 0.5 s: " + reason);
    }
    pause();
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  /** Finishes the current batch; the rest stays in the spool. */
  @Override
  public void close() {
    closed = true;
    news.release();
    worker.join(Duration.ofSeconds(5));
  }
}
