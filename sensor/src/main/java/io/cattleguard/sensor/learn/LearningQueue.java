package io.cattleguard.sensor.learn;

import io.cattleguard.sensor.intake.LearningInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait to be learnt from. It has the lowest priority of the sensor: events that do not
 * fit are dropped and counted, so that no alert waits for them. When it is half full, each
 * container is limited to a share, so that one container cannot hide the behaviour of the others.
 */
final class LearningQueue implements LearningInput {
  private static final int EVENTS = 4_096;
  private static final long BYTES = 2 << 20;

  /** An event of a process or connection has one or two kilobytes. */
  static final int EVENT_BYTES = 64 << 10;

  /** The share of the queue for the events of one container. */
  private static final int SHARE = 16;

  /** The full id of a container has 64 digits, and a prefix. */
  private static final int ID_CHARACTERS = 100;

  /**
   * The text before a container's id in the events of Tetragon, Falco and KubeArmor. Within a
   * string of JSON the quotes would be escaped, so a program cannot choose the id by its arguments.
   */
  private static final List<String> IDS =
      List.of("\"container\":{\"id\":\"", "\"container.id\":\"", "\"ContainerID\":\"");

  /**
   * An event that waits.
   *
   * @param container its id; empty for a process of the host
   */
  private record Waiting(Object event, int size, String container) {}

  private record Share(int events, long bytes) {
    private static Share and(Share one, Share other) {
      return new Share(one.events + other.events, one.bytes + other.bytes);
    }
  }

  private final ArrayBlockingQueue<Waiting> events = new ArrayBlockingQueue<>(EVENTS);
  private final AtomicLong bytes = new AtomicLong();
  private final Map<String, Share> shares = new ConcurrentHashMap<>();
  private final LongAdder full = new LongAdder();
  private final LongAdder beyondShare = new LongAdder();
  private final LongAdder tooLarge = new LongAdder();
  private final LongAdder paused = new LongAdder();
  private volatile boolean pausing;

  @Override
  public void offer(byte[] line) {
    // Only the ASCII bytes matter.
    offer(line, line.length, new String(line, StandardCharsets.ISO_8859_1));
  }

  @Override
  public void offer(String event) {
    offer(event, event.length(), event);
  }

  private void offer(Object event, int size, String text) {
    if (pausing) {
      paused.increment();
      return;
    }
    if (size > EVENT_BYTES) {
      tooLarge.increment();
      return;
    }
    Waiting next = new Waiting(event, size, container(text));
    if (isBeyondShare(next)) {
      beyondShare.increment();
      return;
    }
    // Counted before it can be taken, and no share is left behind.
    count(next, 1);
    if (bytes.get() > BYTES || !events.offer(next)) {
      count(next, -1);
      full.increment();
    }
  }

  private boolean isBeyondShare(Waiting next) {
    if (events.size() < EVENTS / 2 && bytes.get() < BYTES / 2) {
      return false;
    }
    Share share = shares.get(next.container);
    return share != null && (share.events >= EVENTS / SHARE || share.bytes >= BYTES / SHARE);
  }

  private void count(Waiting one, int sign) {
    bytes.addAndGet((long) sign * one.size);
    shares.merge(
        one.container,
        new Share(sign, (long) sign * one.size),
        (known, more) -> {
          Share sum = Share.and(known, more);
          return sum.events == 0 ? null : sum;
        });
  }

  private static String container(String text) {
    for (String id : IDS) {
      int at = text.indexOf(id);
      if (at >= 0) {
        int start = at + id.length();
        int end = text.indexOf('"', start);
        return text.substring(start, Math.min(start + ID_CHARACTERS, Math.max(start, end)));
      }
    }
    return "";
  }

  /** Learns nothing for a while, to save CPU. Waiting events are dropped too. */
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

  private Optional<byte[]> take(@Nullable Waiting next) {
    if (next == null) {
      return Optional.empty();
    }
    count(next, -1);
    return Optional.of(
        next.event instanceof byte[] line
            ? line
            : ((String) next.event).getBytes(StandardCharsets.UTF_8));
  }

  /** How many events were dropped, by reason. */
  Map<String, Long> dropped() {
    return Map.of(
        "queue_full",
        full.sum(),
        "container_share",
        beyondShare.sum(),
        "too_large",
        tooLarge.sum(),
        "paused",
        paused.sum());
  }

  /** How many containers have events in it. */
  int containers() {
    return shares.size();
  }
}
