package io.cattleguard.sensor.operations;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A thread that must keep running. When its work ends with an exception or an error, the failure is
 * counted and logged, and the work restarts after a pause.
 */
public final class Worker {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** A run of this length counts as a recovery. */
  private static final Duration RECOVERED = Duration.ofSeconds(30);

  /** After this time of failures only a restart of the process may help. */
  private static final Duration GIVEN_UP = Duration.ofMinutes(2);

  private final String name;
  private final Work work;
  private final Consumer<String> failed;
  private final Thread thread;
  private volatile boolean ended;
  private volatile boolean failing;
  private volatile long failingSince = System.nanoTime();

  /** What it does until it is stopped. */
  @FunctionalInterface
  public interface Work {
    /** Returns, or is interrupted, at the end only. */
    void run() throws InterruptedException;
  }

  /**
   * Not started yet.
   *
   * @param failed receives a sentence for the log at each failure, without the text of an event
   */
  public Worker(String name, Work work, Consumer<String> failed) {
    this.name = name;
    this.work = work;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::keepRunning);
  }

  /** Starts it; returns itself. */
  public Worker start() {
    thread.start();
    return this;
  }

  private void keepRunning() {
    Duration pause = FIRST_PAUSE;
    while (!ended) {
      long began = System.nanoTime();
      try {
        work.run();
        ended = true;
      } catch (InterruptedException e) {
        ended = true;
      } catch (RuntimeException | Error e) {
        boolean recovered = System.nanoTime() - began > RECOVERED.toNanos();
        if (!failing || recovered) {
          failing = true;
          failingSince = System.nanoTime();
          pause = FIRST_PAUSE;
        }
        failed.accept("the worker " + name + " failed and is restarted: " + e.getClass().getName());
        ended = !paused(pause);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  private static boolean paused(Duration pause) {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Reports that its work succeeds. */
  public void works() {
    failing = false;
  }

  /** Whether it runs, or has ended as it should. Otherwise the process should be restarted. */
  public boolean isWell() {
    boolean running = ended || thread.isAlive();
    return running && !(failing && System.nanoTime() - failingSince > GIVEN_UP.toNanos());
  }

  /** Waits for its end. */
  public void join(Duration atMost) {
    try {
      thread.join(atMost.toMillis()); // also of a thread that was never started
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Wraps a scheduled task, so that neither an exception nor an error ends its schedule. */
  public static Runnable task(String name, Runnable task, Consumer<String> failed) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        failed.accept("the task " + name + " failed and will run again: " + e.getClass().getName());
      }
    };
  }
}
