package io.cattleguard.respond.kubernetes.reading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares one response between concurrent callers of the same read, so that sixty concurrent alerts
 * on one workload do not list its pods sixty times. A caller never gets a response whose request
 * started before the call, because that response may be stale.
 */
public final class Questions {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Asked> asked = new HashMap<>();

  /** The running read and the next one. */
  private static final class Asked {
    private final CompletableFuture<Object> answer = new CompletableFuture<>();
    private @Nullable Asked next;
  }

  /**
   * Returns a response whose request started after this call.
   *
   * @param question the key; equal keys share a response
   */
  public <T> T ask(String question, Class<T> type, Supplier<T> answer) {
    Asked mine;
    CompletableFuture<Object> before = CompletableFuture.completedFuture("");
    boolean leading;
    lock.lock();
    try {
      Asked current = asked.get(question);
      if (current == null) {
        mine = new Asked();
        asked.put(question, mine);
        leading = true;
      } else {
        Asked next = current.next;
        leading = next == null;
        mine = next == null ? new Asked() : next;
        current.next = mine;
        before = current.answer;
      }
    } finally {
      lock.unlock();
    }
    if (leading) {
      before.handle((value, e) -> "").join();
      lead(question, mine, answer);
    }
    try {
      return type.cast(mine.answer.join());
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private <T> void lead(String question, Asked mine, Supplier<T> answer) {
    lock.lock();
    try {
      asked.put(question, mine);
    } finally {
      lock.unlock();
    }
    try {
      mine.answer.complete(answer.get());
    } catch (RuntimeException | Error e) {
      mine.answer.completeExceptionally(e);
    } finally {
      lock.lock();
      try {
        if (mine.next == null) {
          asked.remove(question, mine);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
