package io.cattleguard.respond.kubernetes.reading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A cache of answers that change rarely; errors are not cached. */
public final class Cached<T> {
  private static final int MOST = 1_000;

  private record Answer<T>(T value, Instant until) {}

  private final InstantSource clock;
  private final Duration kept;

  @GuardedBy("this")
  private final Map<String, Answer<T>> answers = new HashMap<>();

  /**
   * Keeps each answer for that time.
   *
   * @param clock measures how old an answer is
   */
  public Cached(InstantSource clock, Duration kept) {
    this.clock = clock;
    this.kept = kept;
  }

  /** The kept answer, or a new one. Concurrent callers do not wait for each other. */
  public T ask(String question, Supplier<T> ask) {
    Instant now = clock.instant();
    synchronized (this) {
      Answer<T> before = answers.get(question);
      if (before != null && now.isBefore(before.until())) {
        return before.value();
      }
    }
    T value = ask.get();
    synchronized (this) {
      if (answers.size() >= MOST) {
        answers.clear();
      }
      answers.put(question, new Answer<>(value, now.plus(kept)));
    }
    return value;
  }
}
