package io.cattleguard.sensor.learn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LearningQueueTest {
  private final LearningQueue queue = new LearningQueue();

  @Test
  void eventsAndLinesComeOutAsUtf8() throws InterruptedException {
    queue.offer("é");
    queue.offer(new byte[] {'x'});

    assertArrayEquals("é".getBytes(StandardCharsets.UTF_8), queue.next(0).orElseThrow());
    assertArrayEquals(new byte[] {'x'}, queue.next(0).orElseThrow());
    assertTrue(queue.next(0).isEmpty());
  }

  @Test
  void aFullQueueDropsAndCountsWhatIsNewAndNeverWaits() throws InterruptedException {
    for (int i = 0; i < 100_000; i++) {
      queue.offer("{}");
    }
    long kept = 100_000 - Objects.requireNonNull(queue.dropped().get("queue_full"));

    assertTrue(kept > 1_000 && kept < 10_000, () -> kept + " kept");
    while (queue.next(0).isPresent()) {
      // emptied
    }
    queue.offer("{}");
    assertTrue(queue.next(0).isPresent(), "there is room again");
  }

  @Test
  void theBytesThatWaitAreBounded() {
    byte[] large = new byte[LearningQueue.EVENT_BYTES];
    for (int i = 0; i < 1_000; i++) {
      queue.offer(large);
    }

    assertEquals(1_000 - 32, queue.dropped().get("queue_full"));
  }

  @Test
  void anEventThatIsLargerThanAnyProcessEventIsNotLearntFrom() throws InterruptedException {
    queue.offer("x".repeat(LearningQueue.EVENT_BYTES + 1));

    assertEquals(1, queue.dropped().get("too_large"));
    assertTrue(queue.next(0).isEmpty());
  }

  @Test
  void whileItIsPausedEverythingIsDroppedAlsoWhatWaits() throws InterruptedException {
    queue.offer("{}");
    queue.pause(true);
    queue.offer("{}");

    assertEquals(2, queue.dropped().get("paused"));
    assertTrue(queue.next(0).isEmpty());
    queue.pause(false);
    queue.offer("{}");
    assertTrue(queue.next(0).isPresent());
  }
}
