package io.cattleguard.app.board;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Caches for seconds what takes long to read, such as files that people edit. For one more minute
 * the old value is used while it is read again, so that no page waits.
 */
final class Renewed<T> implements Supplier<T> {
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final Duration USABLE = Duration.ofSeconds(70);

  private final Supplier<T> source;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<T> kept = Optional.empty();

  @GuardedBy("lock")
  private Instant readAt = Instant.EPOCH;

  @GuardedBy("lock")
  private boolean renewing;

  /** Caches a source; its exceptions are not cached. */
  Renewed(Supplier<T> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  @Override
  public T get() {
    lock.lock();
    try {
      Instant now = clock.instant();
      if (kept.isEmpty() || !now.isBefore(readAt.plus(USABLE))) {
        kept = Optional.of(source.get());
        readAt = now;
      } else if (!renewing && !now.isBefore(readAt.plus(FRESH))) {
        renewing = true;
        Thread unused = Thread.ofVirtual().name("renewal").start(this::renew);
      }
      return kept.get();
    } finally {
      lock.unlock();
    }
  }

  /** After a failure nothing is kept, so that the next page says what is wrong. */
  private void renew() {
    Instant now = clock.instant();
    Optional<T> next = Optional.empty();
    try {
      next = Optional.of(source.get());
    } catch (RuntimeException e) {
      // The next reader gets it.
    } finally {
      lock.lock();
      try {
        kept = next;
        readAt = now;
        renewing = false;
      } finally {
        lock.unlock();
      }
    }
  }
}
