package io.cattleguard.respond.kubernetes.reading;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** A read that was begun and whose answer is used later, if at all. */
public final class Begun<T> {
  private final CompletableFuture<T> answer;

  private Begun(CompletableFuture<T> answer) {
    this.answer = answer;
  }

  /** Begins a read on a thread of its own. */
  public static <T> Begun<T> begin(Supplier<T> question) {
    return new Begun<>(CompletableFuture.supplyAsync(question, Thread::startVirtualThread));
  }

  /** Waits for the answer; rethrows the exception of the read. */
  public T answer() {
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
