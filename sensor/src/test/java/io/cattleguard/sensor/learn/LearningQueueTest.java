package io.cattleguard.sensor.learn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
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
      queue.offer(event("c" + i % 1_000));
    }
    long kept = 100_000 - Objects.requireNonNull(queue.dropped().get("queue_full"));

    assertTrue(kept > 1_000 && kept < 10_000, () -> kept + " kept");
    while (queue.next(0).isPresent()) {
      // emptied
    }
    queue.offer("{}");
    assertTrue(queue.next(0).isPresent(), "there is room again");
  }

  private static String event(String container) {
    return """
    {"process_exec":{"process":{"arguments":"\\"container\\":{\\"id\\":\\"x",\
    "pod":{"container":{"id":"%s","name":"main"}}}}}\
    """
        .formatted(container);
  }

  /**
   * The same with bytes, and for Falco; an event that contains another id does not change its own.
   */
  @Test
  void oneNoisyContainerDoesNotHideTheOthers() throws InterruptedException {
    for (int i = 0; i < 100_000; i++) {
      queue.offer(event("noisy").getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < 20; i++) {
      for (int container = 0; container < 30; container++) {
        queue.offer("{\"output_fields\":{\"container.id\":\"quiet-" + container + "\"}}");
      }
    }
    int quiet = 0;
    for (Optional<byte[]> next = queue.next(0); next.isPresent(); next = queue.next(0)) {
      quiet += new String(next.get(), StandardCharsets.UTF_8).contains("quiet") ? 1 : 0;
    }

    assertEquals(600, quiet);
    assertEquals(0, queue.dropped().get("queue_full"));
    assertTrue(Objects.requireNonNull(queue.dropped().get("container_share")) > 90_000);
    assertEquals(0, queue.containers(), "no share is left behind");
  }

  @Test
  void theBytesThatWaitAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      String start = event("c" + i);
      queue.offer(start + " ".repeat(LearningQueue.EVENT_BYTES - start.length()));
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
