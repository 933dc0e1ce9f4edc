package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class RenewedTest {
  private static final Instant START = Instant.parse("2026-03-02T09:15:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final AtomicInteger reads = new AtomicInteger();
  private final BlockingQueue<String> files = new ArrayBlockingQueue<>(10);
  private final Renewed<String> renewed = new Renewed<>(this::read, now::get);

  /** Waits until a file exists. */
  private String read() {
    reads.incrementAndGet();
    try {
      String file = files.take();
      if (file.equals("wrong")) {
        throw new IllegalStateException(file);
      }
      return file;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String after(int seconds) {
    now.set(START.plusSeconds(seconds));
    return renewed.get();
  }

  private void awaitReads(int number) {
    while (reads.get() < number) {
      Thread.onSpinWait();
    }
  }

  @Test
  @Timeout(60)
  void nobodyWaitsWhileItIsReadAgain() {
    files.add("first");
    assertEquals("first", after(0));
    assertEquals("first", after(9));
    assertEquals(1, reads.get());

    assertEquals("first", after(10), "the next one is not there yet");
    awaitReads(2);
    assertEquals("first", after(11));
    assertEquals(2, reads.get(), "one reads");
    files.add("second");
    while (!after(12).equals("second")) {
      Thread.onSpinWait();
    }
    assertEquals(2, reads.get());
  }

  @Test
  @Timeout(60)
  void whatIsOldIsNotShown() {
    files.add("first");
    assertEquals("first", after(0));
    files.add("second");
    assertEquals("second", after(70));
  }

  @Test
  @Timeout(60)
  void aFailureIsShownAndNotKept() {
    files.add("first");
    assertEquals("first", after(0));
    files.add("wrong");
    assertEquals("first", after(10));
    awaitReads(2);
    files.add("wrong");
    assertThrows(
        IllegalStateException.class,
        () -> {
          while (renewed.get().equals("first")) {
            Thread.onSpinWait();
          }
        });
    files.add("third");
    assertEquals("third", after(11));
  }
}
