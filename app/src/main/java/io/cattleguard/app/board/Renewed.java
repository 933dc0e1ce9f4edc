package io.cattleguard.app.board;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Keeps for seconds what takes long to read, such as files that people edit. */
final class Renewed<T> implements Supplier<T> {
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final Supplier<T> source;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<T> kept = Optional.empty();

  @GuardedBy("lock")
  private Instant until = Instant.MIN;

  /** Takes the source, whose exceptions are not kept. */
  Renewed(Supplier<T> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  @Override
  public T get() {
    lock.lock();
    try {
      Instant now = clock.instant();
      if (kept.isEmpty() || !now.isBefore(until)) {
        kept = Optional.of(source.get());
        until = now.plus(FRESH);
      }
      return kept.get();
    } finally {
      lock.unlock();
    }
  }
}
