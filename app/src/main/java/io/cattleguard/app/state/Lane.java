package io.cattleguard.app.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The ids that wait for one worker, in order. {@link #take} blocks until an id is added or the
 * delay of an id that was put back ends.
 */
public final class Lane {
  private record Later(long id, long due) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final TreeSet<Long> ready = new TreeSet<>();

  @GuardedBy("lock")
  private final PriorityQueue<Later> later =
      new PriorityQueue<>(Comparator.comparingLong(Later::due));

  @GuardedBy("lock")
  private final Map<Long, Integer> tries = new HashMap<>();

  @GuardedBy("lock")
  private final Set<Long> out = new HashSet<>();

  @GuardedBy("lock")
  private long restUntil = System.nanoTime();

  @GuardedBy("lock")
  private boolean closed;

  /** Adds an id. */
  public void add(long id) {
    lock.lock();
    try {
      ready.add(id);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Adds an id that is ready after a delay. */
  public void addLater(long id, Duration delay) {
    lock.lock();
    try {
      later.add(new Later(id, System.nanoTime() + TimeUnit.NANOSECONDS.convert(delay)));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the first ids that are ready, and waits until there is one. Each must be {@link #settle
   * settled} or {@link #putBack put back}.
   *
   * @return an empty list when the lane is closed
   */
  public List<Long> take(int atMost) throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        while (!later.isEmpty() && later.peek().due - now <= 0) {
          ready.add(later.poll().id);
        }
        if (restUntil - now > 0) {
          changed.awaitNanos(restUntil - now);
        } else if (!ready.isEmpty()) {
          List<Long> taken = new ArrayList<>(Math.min(atMost, ready.size()));
          while (taken.size() < atMost && !ready.isEmpty()) {
            taken.add(ready.pollFirst());
          }
          out.addAll(taken);
          return taken;
        } else if (later.isEmpty()) {
          changed.await();
        } else {
          changed.awaitNanos(later.peek().due - now);
        }
      }
      return List.of();
    } finally {
      lock.unlock();
    }
  }

  /** Marks an id as done. */
  public void settle(long id) {
    lock.lock();
    try {
      tries.remove(id);
      out.remove(id);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts an id back, to be taken again after a delay. */
  public void putBack(long id, Duration after) {
    lock.lock();
    try {
      out.remove(id);
      later.add(new Later(id, System.nanoTime() + TimeUnit.NANOSECONDS.convert(after)));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts those ids back that were neither settled nor put back. */
  public void putBackTaken(List<Long> ids, Duration after) {
    for (long id : ids) {
      boolean taken;
      lock.lock();
      try {
        taken = out.contains(id);
      } finally {
        lock.unlock();
      }
      if (taken) {
        putBack(id, after);
      }
    }
  }

  /** Counts an attempt; returns the number of attempts so far. */
  public int countAttempt(long id) {
    lock.lock();
    try {
      return tries.merge(id, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
  }

  /** Pauses the lane; after that all waiting ids are ready, in order. */
  public void rest(Duration howLong) {
    lock.lock();
    try {
      restUntil = System.nanoTime() + TimeUnit.NANOSECONDS.convert(howLong);
      later.forEach(one -> ready.add(one.id));
      later.clear();
    } finally {
      lock.unlock();
    }
  }

  /** The number of waiting and current ids. */
  public int depth() {
    lock.lock();
    try {
      return ready.size() + later.size() + out.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until only ids that were put back are left.
   *
   * @return false if the time ran out
   */
  public boolean awaitIdle(Duration atMost) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.convert(atMost);
    lock.lock();
    try {
      while (!ready.isEmpty() || !out.isEmpty()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the lane; {@link #take} returns an empty list from now on. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
