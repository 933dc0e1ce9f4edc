package io.cattleguard.sensor.operations;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Watches a thread that serves connections, by submitting a task to it. An error can end such a
 * thread while its socket still accepts connections.
 */
public final class LoopWatch {
  /** A slow disk may delay it for a while. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String name;
  private final Executor loop;
  private final LongSupplier nanoTime;
  private volatile boolean ended;
  private volatile boolean asked;
  private volatile long askedNanos;

  /** Watches a thread; the name says what it serves. */
  public LoopWatch(String name, Executor loop) {
    this(name, loop, System::nanoTime);
  }

  LoopWatch(String name, Executor loop, LongSupplier nanoTime) {
    this.name = name;
    this.loop = loop;
    this.nanoTime = nanoTime;
  }

  /** Checks again; to be called at intervals, from one thread. */
  public void look() {
    if (asked) {
      return;
    }
    askedNanos = nanoTime.getAsLong();
    asked = true;
    try {
      loop.execute(() -> asked = false);
    } catch (RejectedExecutionException e) {
      ended = true;
    }
  }

  /** The reason if only a restart helps; empty otherwise. */
  public Optional<String> ailment() {
    if (ended) {
      return Optional.of("the thread of " + name + " has ended; restart the process");
    }
    return asked && nanoTime.getAsLong() - askedNanos > PATIENCE.toNanos()
        ? Optional.of("the thread of " + name + " hangs; restart the process")
        : Optional.empty();
  }
}
