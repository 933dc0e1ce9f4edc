package io.cattleguard.app.drill;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a drill does on Ctrl-C and SIGTERM: it removes its objects at once, says which, and leaves
 * its own thread the time to print the card.
 */
final class DrillInterruption {
  /** Less than the 10 s after which Docker kills what it stops. */
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  private static final int NAMED = 20;

  private final Drill drill;
  private final Consumer<String> say;
  private final CountDownLatch removed = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = Thread.ofPlatform().unstarted(this::interrupt);
  private volatile boolean begun;

  DrillInterruption(Drill drill, Consumer<String> say) {
    this.drill = drill;
    this.say = say;
  }

  /** Begins to wait for an interrupt. */
  void expect() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Waits, if the drill is interrupted, until its objects are removed. */
  void awaitRemoval() {
    if (begun) {
      await(removed);
    }
  }

  /** The drill has ended. While the process ends, the hook is running and cannot be removed. */
  void forget() {
    ended.countDown();
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook cleans up as well.
    }
  }

  private void interrupt() {
    begun = true;
    say.accept("interrupted, cleaning up");
    drill.interrupt();
    try {
      List<String> objects = drill.cleanUp();
      say.accept(inWords(objects));
    } catch (RuntimeException e) {
      say.accept(
          "some of the drill's objects could not be removed; the next drill removes them: "
              + e.getMessage());
    }
    removed.countDown();
    await(ended);
  }

  private static String inWords(List<String> objects) {
    if (objects.isEmpty()) {
      return "there was no object to remove";
    }
    return "removed "
        + objects.size()
        + (objects.size() == 1 ? " object: " : " objects: ")
        + String.join(", ", objects.subList(0, Math.min(NAMED, objects.size())))
        + (objects.size() > NAMED ? ", …" : "");
  }

  private static void await(CountDownLatch latch) {
    try {
      boolean unused = latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
