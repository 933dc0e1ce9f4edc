package io.cattleguard.sensor.learn;

import io.cattleguard.sensor.intake.LearningInput;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait to be learnt from. It is the lowest lane of the sensor: whatever does not fit is
 * dropped and counted, so that no alert waits for it.
 */
final class LearningQueue implements LearningInput {
  private static final int EVENTS = 4_096;
  private static final long BYTES = 2 << 20;

  /** An event of a process or connection has one or two kilobytes. */
  static final int EVENT_BYTES = 64 << 10;

  private final ArrayBlockingQueue<Object> events = new ArrayBlockingQueue<>(EVENTS);
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder full = new LongAdder();
  private final LongAdder tooLarge = new LongAdder();
  private final LongAdder paused = new LongAdder();
  private volatile boolean pausing;

  @Override
  public void offer(byte[] line) {
    offer(line, line.length);
  }

  @Override
  public void offer(String event) {
    offer(event, event.length());
  }

  private void offer(Object event, int size) {
    if (pausing) {
      paused.increment();
    } else if (size > EVENT_BYTES) {
      tooLarge.increment();
    } else if (bytes.get() > BYTES - size || !events.offer(event)) {
      full.increment();
    } else {
      bytes.addAndGet(size);
    }
  }

  /** Learns nothing for a while, to save CPU. What waits is dropped too. */
  void pause(boolean pause) {
    pausing = pause;
    if (pause) {
      while (take(events.poll()).isPresent()) {
        paused.increment();
      }
    }
  }

  /** The next event in UTF-8; empty if none arrives within that time. */
  Optional<byte[]> next(long millis) throws InterruptedException {
    return take(events.poll(millis, TimeUnit.MILLISECONDS));
  }

  private Optional<byte[]> take(@Nullable Object event) {
    return switch (event) {
      case null -> Optional.empty();
      case byte[] line -> {
        bytes.addAndGet(-line.length);
        yield Optional.of(line);
      }
      default -> {
        String text = (String) event;
        bytes.addAndGet(-text.length());
        yield Optional.of(text.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  /** How many events were dropped, by reason. */
  Map<String, Long> dropped() {
    return Map.of("queue_full", full.sum(), "too_large", tooLarge.sum(), "paused", paused.sum());
  }
}
