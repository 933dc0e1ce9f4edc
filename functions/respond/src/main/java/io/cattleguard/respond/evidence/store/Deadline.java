package io.cattleguard.respond.evidence.store;

import io.cattleguard.edge.port.Unavailable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A deadline for calls, whatever the other side does. */
public final class Deadline {
  private final Duration time;
  private final long end;

  private Deadline(Duration time) {
    this.time = time;
    this.end = System.nanoTime() + time.toNanos();
  }

  /** Creates a deadline that starts now. */
  public static Deadline in(Duration time) {
    return new Deadline(time);
  }

  /** Starts a question, for {@link #wait}. */
  public static <T> CompletableFuture<T> start(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, Thread::startVirtualThread);
  }

  /**
   * The answer to a question.
   *
   * @throws Unavailable if there is none by the deadline
   */
  public <T> T wait(CompletableFuture<T> asked) {
    try {
      return asked.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new Unavailable("no answer within " + time.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted", e);
    }
  }

  /** The same port, whose calls together end by the deadline; then they are {@link Unavailable}. */
  public <T> T bound(Class<T> port, T real) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) ->
                wait(
                    start(
                        () -> {
                          try {
                            return method.invoke(real, arguments);
                          } catch (InvocationTargetException e) {
                            throw e.getCause() instanceof RuntimeException cause
                                ? cause
                                : new IllegalStateException(e.getCause());
                          } catch (IllegalAccessException e) {
                            throw new IllegalStateException(e);
                          }
                        }))));
  }
}
