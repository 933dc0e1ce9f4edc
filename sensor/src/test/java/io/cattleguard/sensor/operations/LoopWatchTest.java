package io.cattleguard.sensor.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class LoopWatchTest {
  private final Queue<Runnable> given = new ArrayDeque<>();
  private long now = 5;

  @Test
  void aThreadThatRunsWhatItIsGivenIsWell() {
    LoopWatch watch = new LoopWatch("the port", given::add, () -> now);
    for (int i = 0; i < 10; i++) {
      watch.look();
      now += Duration.ofSeconds(90).toNanos();
      assertEquals(Optional.empty(), watch.ailment());
      given.remove().run();
    }
  }

  @Test
  void aThreadThatHangsForMinutesIsNotAndMayRecover() {
    LoopWatch watch = new LoopWatch("the port", given::add, () -> now);
    watch.look();
    now += Duration.ofSeconds(121).toNanos();
    watch.look();
    assertEquals(Optional.of("the thread of the port hangs; restart the process"), watch.ailment());
    assertEquals(1, given.size(), "what it is given must not pile up");
    given.remove().run();
    assertEquals(Optional.empty(), watch.ailment());
  }

  @Test
  void aThreadThatEndedIsNot() {
    ExecutorService ended = Executors.newSingleThreadExecutor();
    ended.shutdownNow();
    LoopWatch watch = new LoopWatch("the port", ended);
    watch.look();
    assertTrue(watch.ailment().orElseThrow().contains("has ended"));
  }
}
