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
    if (parts.contains("learn")) {
      learning(Path.of(System.getProperty("bench.tail")));
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

  /** The share of learning: the same events at the same pace, without and with it. */
  private void learning(Path recording) throws IOException, InterruptedException {
    int rate = Integer.getInteger("bench.rate", 1_000);
    int seconds = Integer.getInteger("bench.seconds", 60);
    List<String> recorded = Files.readAllLines(recording);
    double[] cpu = new double[2];
    long[] memory = new long[2];
    for (int learn = 0; learn < 2; learn++) {
      Path followed = Files.createFile(folder.resolve("learn" + learn + ".log"));
      List<String> flags =
          List.of(
              "--tetragon-file",
              followed.toString(),
              "--cpu-limit",
              "10000",
              "--learn",
              String.valueOf(learn == 1));
      try (FakeBus bus = FakeBus.start(text -> "");
          SensorProcess sensor =
              new SensorProcess(folder.resolve("learn" + learn), bus.environment(), jvm, flags);
          BufferedWriter out = Files.newBufferedWriter(followed)) {
        sensor.start().ready();
        double before = ProcessFigures.of(sensor.pid()).cpuSeconds();
        write(recorded, out, rate, seconds);
        while (sensor.metric("cattleguard_sensor_received_total") < (double) rate * seconds) {
          Thread.sleep(50);
        }
        ProcessFigures used = ProcessFigures.of(sensor.pid());
        cpu[learn] = used.cpuSeconds() - before;
        memory[learn] = used.peakMegabytes();
        if (learn == 1) {
          System.out.printf(
              Locale.ROOT,
              "learnt from %,.0f of %,d events, %.0f behaviours, %.0f calls%n",
              sensor.metric("cattleguard_sensor_learning_events_total"),
              rate * seconds,
              sensor.metric("cattleguard_sensor_learning_behaviours"),
              sensor.metric("cattleguard_sensor_learning_calls_total"));
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%,d events per second for %d s: %.1f s of CPU and %d MB without learning, %.1f s and %d"
            + " MB with it: %.2f times the CPU, %.2f times the memory%n",
        rate,
        seconds,
        cpu[0],
        memory[0],
        cpu[1],
        memory[1],
        cpu[1] / cpu[0],
        (double) memory[1] / memory[0]);
  }

  private static void write(List<String> recorded, BufferedWriter out, int rate, int seconds)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    int tenths = seconds * 10;
    int number = 0;
    for (int tenth = 0; tenth < tenths; tenth++) {
      for (int i = 0; i < rate / 10; i++) {
        out.write(recorded.get(number++ % recorded.size()));
        out.write('\n');
      }
      out.flush();
      long due = began + (tenth + 1) * 100_000_000L;
      Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
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
