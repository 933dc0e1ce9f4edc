package io.cattleguard.sensor;

import io.cattleguard.events.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The one thread that writes to the spool: whoever wants something written at about the same time
 * shares a transaction, and so the wait for the disk.
 */
public final class GroupCommit implements AutoCloseable {
  private static final int WAITING = 4_096;
  private static final int GROUP = 1_024;

  /** How long a group waits for as many as the last one had; less than a flush of a disk takes. */
  private static final long GATHER_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final Spool spool;
  private final Consumer<Map<Severity, Long>> shed;
  private final Consumer<List<Observation>> arrived;
  private final BlockingQueue<Task> tasks = new ArrayBlockingQueue<>(WAITING);
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean healthy = true;

  private record Task(
      List<Observation> observations,
      Spool.Change change,
      Runnable committed,
      Consumer<SpoolUnavailable> failed) {}

  /**
   * Over a spool.
   *
   * @param shed is told what was shed, by severity
   * @param arrived is told what was kept, once it is on disk
   */
  public GroupCommit(
      Spool spool, Consumer<Map<Severity, Long>> shed, Consumer<List<Observation>> arrived) {
    this.spool = spool;
    this.shed = shed;
    this.arrived = arrived;
    this.thread = Thread.ofPlatform().name("spool").daemon(true).start(this::run);
  }

  /**
   * Keeps observations; one of the two is called when it is done, from the spool's thread, and must
   * not wait.
   *
   * @return false where too many wait already; then neither is called
   */
  public boolean append(
      List<Observation> observations, Runnable committed, Consumer<SpoolUnavailable> failed) {
    return !closed
        && tasks.offer(new Task(observations, to -> to.append(observations), committed, failed));
  }

  /**
   * Keeps observations and a mark that says how far they were read, and returns when they are
   * committed, both or neither.
   *
   * @throws SpoolUnavailable where they were not
   */
  void append(List<Observation> observations, String mark, String value) {
    change(
        observations,
        to -> {
          to.append(observations);
          to.mark(mark, value);
        });
  }

  /**
   * Makes a change, and returns when it is committed.
   *
   * @throws SpoolUnavailable where it was not
   */
  public void change(Spool.Change change) {
    change(List.of(), change);
  }

  private void change(List<Observation> observations, Spool.Change change) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try {
      if (closed) {
        throw new SpoolUnavailable("the spool is closed");
      }
      tasks.put(
          new Task(observations, change, () -> done.complete(null), done::completeExceptionally));
      done.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpoolUnavailable("interrupted", e);
    } catch (CompletionException e) {
      throw e.getCause() instanceof SpoolUnavailable unavailable ? unavailable : e;
    }
  }

  /** Whether the last group could be written. */
  public boolean isHealthy() {
    return healthy && thread.isAlive();
  }

  private void run() {
    List<Task> group = new ArrayList<>();
    int last = 1;
    while (!closed || !tasks.isEmpty()) {
      try {
        group.clear();
        Task first = tasks.poll(100, TimeUnit.MILLISECONDS);
        if (first != null) {
          group.add(first);
          gather(group, last);
          last = group.size();
          commit(group);
        }
      } catch (InterruptedException e) {
        closed = true;
      }
    }
  }

  /** Where several clients wait for each commit, the others are a moment behind the first. */
  private void gather(List<Task> group, int expected) throws InterruptedException {
    tasks.drainTo(group, GROUP - group.size());
    long until = System.nanoTime() + GATHER_NANOS;
    while (group.size() < expected) {
      long left = until - System.nanoTime();
      Task next = left <= 0 ? null : tasks.poll(left, TimeUnit.NANOSECONDS);
      if (next == null) {
        return;
      }
      group.add(next);
      tasks.drainTo(group, GROUP - group.size());
    }
  }

  private void commit(List<Task> group) {
    try {
      Map<Severity, Long> gone = spool.commit(group.stream().map(Task::change).toList());
      healthy = true;
      if (!gone.isEmpty()) {
        shed.accept(gone);
      }
      for (Task task : group) {
        task.committed.run();
        if (!task.observations.isEmpty()) {
          arrived.accept(task.observations);
        }
      }
    } catch (SpoolUnavailable e) {
      healthy = false;
      group.forEach(task -> task.failed.accept(e));
    } catch (RuntimeException e) {
      healthy = false;
      SpoolUnavailable unavailable = new SpoolUnavailable("a defect: " + e, e);
      group.forEach(task -> task.failed.accept(unavailable));
    }
  }

  /** Writes what waits, and ends. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
