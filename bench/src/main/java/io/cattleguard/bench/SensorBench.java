package io.cattleguard.bench;

import io.cattleguard.sensor.FalcoLoad;
import io.cattleguard.sensor.LoadAlert;
import io.cattleguard.sensor.LoadAlerts;
import io.cattleguard.sensor.SensorProcess;
import io.cattleguard.sensor.send.FakeBus;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * Compares the sensor with falcosidekick: the cost of forwarding an alert, of a storm of alerts,
 * and of the same incidents with more noise.
 */
public final class SensorBench {
  private static final int CONNECTIONS = Integer.getInteger("bench.connections", 4);
  private static final int STORM_PROBLEMS = 20;
  private static final Duration NOISE = Duration.ofSeconds(20);

  private final Path folder;
  private final List<String> jvm;
  private final Instant now = Instant.now();

  private SensorBench(Path folder, List<String> jvm) {
    this.folder = folder;
    this.jvm = jvm;
  }

  /**
   * Runs the benchmarks and prints tables.
   *
   * @param arguments a directory of recorded Falco alerts; without one, generated alerts are used
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("cattleguard-bench");
    try {
      new SensorBench(folder, options()).run(arguments);
    } finally {
      deleteAll(folder);
    }
  }

  private static List<String> options() {
    return Arrays.asList(
        System.getProperty("bench.sensor.java", "-Xmx64m").strip().split(" +", -1));
  }

  private void run(String... arguments) throws IOException, InterruptedException {
    LongFunction<LoadAlert> stream =
        arguments.length > 0
            ? LoadAlerts.recorded(Path.of(arguments[0]), now)
            : LoadAlerts.storm("sample", 100, now);
    long count = Long.getLong("bench.count", 400_000);
    long peerCount = Long.getLong("bench.peer.count", 40_000);
    String parts = System.getProperty("bench.parts", "forward,distinct,storm,noise");
    System.out.println(Forwarding.head());
    if (parts.contains("forward")) {
      Forwarding ours = sensor("forward", stream, count);
      System.out.println(ours.row(String.format(Locale.ROOT, "%,d", count)));
      String program = System.getProperty("bench.falcosidekick", "");
      if (program.isEmpty()) {
        System.out.println("falcosidekick is skipped: FALCOSIDEKICK is not set");
      } else {
        Forwarding peer = Sidekick.forward(Path.of(program), stream, peerCount, CONNECTIONS);
        System.out.println(peer.row(String.format(Locale.ROOT, "%,d", peerCount)));
        System.out.printf(
            Locale.ROOT,
            "%.1f times the alerts per CPU-second, with %.2f times the memory%n",
            ours.perCpuSecond() / peer.perCpuSecond(),
            (double) ours.used().peakMegabytes() / peer.used().peakMegabytes());
      }
    }
    if (parts.contains("distinct")) {
      long distinct = count / 10;
      System.out.println(
          sensor("distinct", LoadAlerts.distinct("one", now), distinct).row("distinct alerts"));
    }
    if (parts.contains("storm")) {
      long storm = STORM_PROBLEMS * Long.getLong("bench.storm", 50_000);
      System.out.println(
          sensor("storm", LoadAlerts.storm("storm", STORM_PROBLEMS, now), storm).row("a storm"));
    }
    if (parts.contains("tail")) {
      tail(Path.of(System.getProperty("bench.tail")), Integer.getInteger("bench.lines", 400_000));
    }
    if (parts.contains("noise")) {
      for (int times : List.of(1, 10, 100)) {
        noise(times);
      }
    }
  }

  /** Follows a file that holds the lines of a recording of Tetragon over and over. */
  private void tail(Path recording, int count) throws IOException, InterruptedException {
    List<String> recorded = Files.readAllLines(recording);
    Path followed = folder.resolve("tetragon.log");
    long bytes = 0;
    try (BufferedWriter out = Files.newBufferedWriter(followed)) {
      for (int i = 0; i < count; i++) {
        String line = recorded.get(i % recorded.size());
        bytes += line.length() + 1;
        out.write(line);
        out.write('\n');
      }
    }
    List<String> flags =
        List.of(
            "--tetragon-file",
            followed.toString(),
            "--cpu-limit",
            "100",
            "--spool-megabytes",
            "2000");
    try (FakeBus bus = FakeBus.start(text -> "");
        SensorProcess sensor =
            new SensorProcess(folder.resolve("tail"), bus.environment(), jvm, flags)) {
      sensor.start().ready();
      while (sensor.metric("cattleguard_sensor_received_total") < count) {
        Thread.sleep(50);
      }
      ProcessFigures used = ProcessFigures.of(sensor.pid());
      if (Boolean.getBoolean("bench.threads")) {
        System.out.print(ProcessFigures.threads(sensor.pid()));
      }
      System.out.printf(
          Locale.ROOT,
          "Tetragon's file, %,d lines of %d bytes: %,.0f lines per CPU-second, %d MB%n",
          count,
          bytes / count,
          count / used.cpuSeconds(),
          used.peakMegabytes());
    }
  }

  /** Sends the same problems for the same time, with {@code times} as many alerts. */
  private void noise(int times) throws IOException, InterruptedException {
    long count = 50L * times * NOISE.toSeconds();
    LongFunction<LoadAlert> alerts = LoadAlerts.storm("noise", STORM_PROBLEMS, now);
    long began = System.nanoTime();
    LongFunction<LoadAlert> paced =
        number -> {
          long due = began + number * NOISE.toNanos() / count;
          for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
          }
          return alerts.apply(number);
        };
    System.out.println(sensor("noise" + times, paced, count).row(times + "x the noise"));
  }

  private Forwarding sensor(String name, LongFunction<LoadAlert> alerts, long count)
      throws IOException, InterruptedException {
    try (FakeBus bus = FakeBus.start(text -> "");
        SensorProcess sensor =
            new SensorProcess(folder.resolve(name), bus.environment(), jvm, List.of())) {
      sensor.start().ready();
      long began = System.nanoTime();
      FalcoLoad load =
          FalcoLoad.start(sensor.address(), CONNECTIONS, alerts, count, Duration.ZERO).await();
      Duration answered = Duration.ofNanos(System.nanoTime() - began);
      sensor.drained(Duration.ofMinutes(5));
      if (Boolean.getBoolean("bench.threads")) {
        System.out.print(ProcessFigures.threads(sensor.pid()));
      }
      return new Forwarding(
          "Cattleguard",
          load.answers(200),
          bus.alerts() + ignored(sensor),
          bus.calls(),
          answered,
          ProcessFigures.of(sensor.pid()));
    }
  }

  /** Recordings may contain Falco's own metrics, which the sensor ignores. */
  private static long ignored(SensorProcess sensor) throws IOException, InterruptedException {
    return (long) sensor.metric("cattleguard_sensor_ignored_total");
  }

  private static void deleteAll(Path folder) throws IOException {
    List<Path> all;
    try (var below = Files.walk(folder)) {
      all = below.sorted((one, other) -> other.compareTo(one)).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
