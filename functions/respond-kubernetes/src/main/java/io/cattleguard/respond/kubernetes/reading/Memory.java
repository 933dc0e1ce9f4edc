package io.cattleguard.respond.kubernetes.reading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Keeps up to a thousand values, those that were used last. */
public final class Memory<T> {
  private static final int REMEMBERED = 1_000;

  @GuardedBy("this")
  private final Map<String, T> known =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Keeps the value. */
  public synchronized void remember(String key, T value) {
    known.put(key, value);
  }

  /** Drops the value, so that it is read again. */
  public synchronized void forget(String key) {
    known.remove(key);
  }

  /** The kept value. */
  public synchronized Optional<T> recall(String key) {
    return Optional.ofNullable(known.get(key));
  }

  /** Returns the cached value, or reads it. Concurrent callers do not wait for each other. */
  public T recall(String key, Supplier<T> ask) {
    Optional<T> before = recall(key);
    if (before.isPresent()) {
      return before.get();
    }
    T now = ask.get();
    remember(key, now);
    return now;
  }
}
