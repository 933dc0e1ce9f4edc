package io.cattleguard.sensor;

import io.cattleguard.sensor.http.FalcoConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/** Posts alerts over a few connections as Falco does, and counts the answers. */
public final class FalcoLoad implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration BEFORE_CONNECTING_AGAIN = Duration.ofMillis(10);

  private final InetSocketAddress address;
  private final LongFunction<LoadAlert> alerts;
  private final long last;
  private final Duration pause;
  private final AtomicLong next = new AtomicLong();
  private final Map<String, LongAdder> posted = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> acknowledged = new ConcurrentHashMap<>();
  private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
  private final LongAdder broken = new LongAdder();
  private final AtomicLong slowestNanos = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  private FalcoLoad(
      InetSocketAddress address, LongFunction<LoadAlert> alerts, long last, Duration pause) {
    this.address = address;
    this.alerts = alerts;
    this.last = last;
    this.pause = pause;
  }

  /**
   * Starts to post.
   *
   * @param count how many alerts; the load ends by itself then
   * @param pause after each answer
   */
  public static FalcoLoad start(
      InetSocketAddress address,
      int connections,
      LongFunction<LoadAlert> alerts,
      long count,
      Duration pause) {
    FalcoLoad load = new FalcoLoad(address, alerts, count, pause);
    for (int i = 0; i < connections; i++) {
      load.threads.add(Thread.ofPlatform().name("falco-" + i).daemon(true).start(load::run));
    }
    return load;
  }

  private void run() {
    while (!ended && next.get() < last) {
      try (FalcoConnection connection = FalcoConnection.open(address, PATIENCE)) {
        while (!ended && !connection.isEnded()) {
          long number = next.getAndIncrement();
          if (number >= last) {
            return;
          }
          post(connection, alerts.apply(number));
          if (pause.isPositive()) {
            LockSupport.parkNanos(pause.toNanos());
          }
        }
      } catch (IOException e) {
        // Like Falco, it does not post an alert again that got no answer.
        broken.increment();
        LockSupport.parkNanos(BEFORE_CONNECTING_AGAIN.toNanos());
      }
    }
  }

  private void post(FalcoConnection connection, LoadAlert alert) throws IOException {
    count(posted, alert.problem());
    byte[] body = alert.json().getBytes(StandardCharsets.UTF_8);
    long began = System.nanoTime();
    int status = connection.post(body);
    slowestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
    count(statuses, status);
    if (status == 200) {
      count(acknowledged, alert.problem());
    }
  }

  private static <K> void count(Map<K, LongAdder> in, K key) {
    in.computeIfAbsent(key, absent -> new LongAdder()).increment();
  }

  /** Waits until everything was posted. */
  public FalcoLoad await() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    return this;
  }

  /** Stops after the current request. */
  @Override
  public void close() {
    ended = true;
    try {
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many alerts of each problem were answered 200. */
  public Map<String, Long> acknowledged() {
    return sums(acknowledged);
  }

  /** The number of alerts of each problem that were sent, whatever the answer. */
  public Map<String, Long> posted() {
    return sums(posted);
  }

  private static Map<String, Long> sums(Map<String, LongAdder> counts) {
    Map<String, Long> sums = new ConcurrentHashMap<>();
    counts.forEach((key, count) -> sums.put(key, count.sum()));
    return sums;
  }

  /** How many answers had a status. */
  public long answers(int status) {
    LongAdder count = statuses.get(status);
    return count == null ? 0 : count.sum();
  }

  /** The number of connections that broke or could not be opened. */
  public long broken() {
    return broken.sum();
  }

  /** The longest that an answer took. */
  public Duration slowest() {
    return Duration.ofNanos(slowestNanos.get());
  }
}
