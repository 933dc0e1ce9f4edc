package io.cattleguard.sensor.send;

import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.spool.Urgency;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decides when the sender sends its next round: a severe alert at once, others when their window
 * ends, and after a failure when its pause is over.
 */
final class RoundSchedule {
  private static final Duration BETWEEN_URGENT_ROUNDS = Duration.ofMillis(25);

  private final Duration foldWindow;
  private final Urgency urgency;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private boolean waiting;
  private boolean urgent;
  private long roundDueNanos = System.nanoTime();
  private long lastRoundNanos = roundDueNanos - BETWEEN_URGENT_ROUNDS.toNanos();
  private boolean closed;
  private long giveUpNanos;
  private volatile int windowFactor = 1;

  /**
   * Starts with a round at once, or with the first alert.
   *
   * @param waiting whether alerts wait already
   */
  RoundSchedule(Duration foldWindow, Urgency urgency, boolean waiting) {
    this.foldWindow = foldWindow;
    this.urgency = urgency;
    this.waiting = waiting;
  }

  /** Receives the alerts that are on disk now. */
  void arrived(List<Observation> observations) {
    long now = System.nanoTime();
    lock.lock();
    try {
      schedule(now + foldWindow.toNanos() * windowFactor);
      boolean news = false;
      for (Observation observation : observations) {
        news |= urgency.isUrgent(observation, now);
      }
      if (news && !urgent) {
        urgent = true;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Folds alerts over that many windows, to save CPU. */
  void stretchWindow(int factor) {
    windowFactor = factor;
  }

  /** The next round is due after that time, or earlier. */
  void await(Duration time) {
    lock.lock();
    try {
      schedule(System.nanoTime() + time.toNanos());
    } finally {
      lock.unlock();
    }
  }

  /** The next round is due then, or earlier. The caller has the lock. */
  private void schedule(long dueNanos) {
    if (!waiting || dueNanos - roundDueNanos < 0) {
      waiting = true;
      roundDueNanos = dueNanos;
      changed.signal();
    }
  }

  /**
   * Waits until there is something to send, or until the sender is closed.
   *
   * @param isolation whose alerts are sent again at times of their own
   */
  void awaitRound(Isolation isolation) throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        long urgentIn = lastRoundNanos + BETWEEN_URGENT_ROUNDS.toNanos() - now;
        long dueIn = roundDueNanos - now;
        if ((waiting && dueIn <= 0) || (urgent && urgentIn <= 0)) {
          waiting = false;
          urgent = false;
          return;
        }
        Optional<Long> suspect = isolation.nextNanos(now);
        if (suspect.isPresent() && suspect.get() - now <= 0) {
          return;
        }
        if (urgent || waiting || suspect.isPresent()) {
          long left = suspect.map(at -> at - now).orElse(Long.MAX_VALUE);
          left = urgent ? Math.min(left, urgentIn) : left;
          left = waiting ? Math.min(left, dueIn) : left;
          changed.await(Math.max(1, left), TimeUnit.NANOSECONDS);
        } else {
          changed.await();
        }
      }
    } finally {
      lastRoundNanos = System.nanoTime();
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  boolean mayGoOn() {
    lock.lock();
    try {
      return !closed || System.nanoTime() < giveUpNanos;
    } finally {
      lock.unlock();
    }
  }

  /** Waits with jitter, so that many sensors do not retry at the same moment. */
  void pause(Duration about) {
    long nanos = ThreadLocalRandom.current().nextLong(about.toNanos() / 4, about.toNanos() + 1);
    lock.lock();
    try {
      long left = nanos;
      while (left > 0 && (!closed || about.compareTo(Sender.LAST_CHANCE) < 0)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting; alerts that are not sent within that time stay on disk. */
  void close(Duration within) {
    lock.lock();
    try {
      closed = true;
      giveUpNanos = System.nanoTime() + within.toNanos();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
