package io.cattleguard.respond.kubernetes.fabric8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets those who want to know the same at the same time share one answer, so that sixty pods of a
 * workload that are answered at once are not listed sixty times over. An answer that was asked for
 * before somebody wanted it is never his: it may be older than his question.
 */
final class Fabric8Questions {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Asked> asked = new HashMap<>();

  /** A question that is being answered, and the one that is asked next. */
  private static final class Asked {
    private final CompletableFuture<Object> answer = new CompletableFuture<>();
    private @Nullable Asked next;
  }

  /**
   * The answer, asked for after this was called.
   *
   * @param question the same for what has the same answer
   */
  <T> T ask(String question, Class<T> type, Supplier<T> answer) {
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
    } catch (RuntimeException e) {
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
