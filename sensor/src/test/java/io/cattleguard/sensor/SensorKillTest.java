package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.TakesLong;
import io.cattleguard.sensor.send.FakeBus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills, sinks that fail and disks that fill up, at the sensor's process: what was answered 200
 * arrives, or is counted as shed. {@code -Dcattleguard.kills=50} kills it more often.
 */
@TakesLong
final class SensorKillTest {
  private static final int KILLS = Integer.getInteger("cattleguard.kills", 2);
  private static final Instant FROM = Instant.parse("2026-03-02T09:15:00Z");
  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx64m");
  private static final long ENDLESS = Long.MAX_VALUE;

  /**
   * A bus that rejects everything for long is like one that is down; both happen while the sensor
   * is killed.
   */
  private static final List<FakeBus.Mode> SINKS =
      List.of(
          FakeBus.Mode.OK,
          FakeBus.Mode.REFUSING,
          FakeBus.Mode.THROTTLING,
          FakeBus.Mode.SLOW,
          FakeBus.Mode.HANGING_UP,
          FakeBus.Mode.FLAPPING);

  @TempDir Path folder;

  @Test
  void promise1NothingAcknowledgedIsLostHoweverOftenTheSensorIsKilled() throws Exception {
    long seed = Long.getLong("cattleguard.seed", System.nanoTime());
    Random random = new Random(seed);
    try (FakeBus bus = FakeBus.start(LoadAlerts::problem);
        SensorProcess sensor = sensor(bus, "--spool-megabytes", "4000")) {
      sensor.start().ready();
      FalcoLoad distinct =
          FalcoLoad.start(
              sensor.address(),
              2,
              LoadAlerts.distinct("one", FROM),
              ENDLESS,
              Duration.ofNanos(500_000));
      FalcoLoad storm =
          FalcoLoad.start(
              sensor.address(),
              2,
              LoadAlerts.storm("many", 7, FROM),
              ENDLESS,
              Duration.ofNanos(500_000));
      try (distinct;
          storm) {
        for (int kill = 0; kill < KILLS; kill++) {
          bus.become(SINKS.get(kill % SINKS.size()));
          if (kill % 5 == 4) {
            Thread.sleep(random.nextInt(700)); // while it starts
          } else {
            sensor.ready();
            long enough = answers(distinct, storm) + random.nextInt(800);
            long until = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (answers(distinct, storm) < enough && System.nanoTime() < until) {
              Thread.sleep(1);
            }
          }
          sensor.kill();
          sensor.start();
        }
        sensor.ready();
        Thread.sleep(100);
      }
      bus.become(FakeBus.Mode.OK);
      sensor.drained(Duration.ofMinutes(2));

      String run = " (seed " + seed + ", " + KILLS + " kills)";
      assertTrue(distinct.acknowledged().size() > KILLS * 20, "hardly any load" + run);
      assertEquals(Map.of(), missing(distinct.acknowledged(), bus::count), "lost" + run);
      assertEquals(Map.of(), missing(storm.acknowledged(), bus::count), "counted too low" + run);
      assertEquals(
          Map.of(),
          missing(storm.acknowledged(), bus::countOnce),
          "a resend under another id hides a loss" + run);
      assertEquals(
          Map.of(),
          surplus(distinct.posted(), bus::countOnce),
          "sent again under another id, so nobody recognises it" + run);
      assertEquals(
          Map.of(),
          surplus(storm.posted(), bus::countOnce),
          "sent again under another id, so nobody recognises it" + run);
      assertEquals(0, sensor.metric("cattleguard_sensor_shed_total"));
      assertFalse(sensor.log().contains("load.problem"), "the log repeats an alert");
    }
  }

  @Test
  void promise1AFullSpoolShedsTheLeastSevereAndStillHasCountedThemAfterAKill() throws Exception {
    try (FakeBus bus = FakeBus.start(LoadAlerts::problem);
        SensorProcess sensor = sensor(bus, "--spool-megabytes", "2")) {
      bus.become(FakeBus.Mode.REFUSING);
      sensor.start().ready();
      FalcoLoad load = load(sensor, 4_000).await();
      assertEquals(4_000, load.answers(200));
      double shed = sensor.metric("cattleguard_sensor_shed_total");
      assertTrue(shed > 1_000 && shed < 4_000, "shed " + shed);
      sensor.kill();
      sensor.start().ready();
      assertEquals(shed, sensor.metric("cattleguard_sensor_shed_total"));
      bus.become(FakeBus.Mode.OK);
      sensor.drained(Duration.ofMinutes(1));
      Map<String, String> missing = missing(load.acknowledged(), bus::count);
      assertTrue(missing.size() <= shed, missing.size() + " are missing, shed were " + shed);
      for (long number = 2; number < 4_000; number += 5) { // every fifth alert is critical
        assertTrue(bus.count("full-" + number) > 0, "full-" + number + " is critical, and lost");
      }
    }
  }

  @Test
  void promise1AFullDiskIsAnswered503AndLosesNothingThatWasAcknowledged() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Assumptions.assumeTrue(
        succeeds("mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", disk.toString()),
        "a small disk can be mounted by root only");
    try (FakeBus bus = FakeBus.start(LoadAlerts::problem);
        SensorProcess sensor =
            new SensorProcess(
                disk.resolve("spool"),
                bus.environment(),
                QUICK_START,
                List.of("--spool-megabytes", "100"))) {
      Path others = disk.resolve("others");
      Files.write(others, new byte[2 << 20]);
      bus.become(FakeBus.Mode.REFUSING);
      sensor.start().ready();
      FalcoLoad load = load(sensor, 6_000).await();
      assertTrue(load.answers(200) > 500, "took " + load.answers(200));
      assertTrue(load.answers(503) > 500, "turned away " + load.answers(503));
      assertEquals(6_000, load.answers(200) + load.answers(503));
      assertTrue(load.slowest().toSeconds() < 6, "slowest " + load.slowest());
      sensor.kill();
      Files.delete(others);
      sensor.start().ready();
      bus.become(FakeBus.Mode.OK);
      sensor.drained(Duration.ofMinutes(1));
      assertEquals(Map.of(), missing(load.acknowledged(), bus::count));
    } finally {
      assertTrue(succeeds("umount", "-l", disk.toString()));
    }
  }

  private static long answers(FalcoLoad one, FalcoLoad other) {
    return one.answers(200) + other.answers(200);
  }

  private SensorProcess sensor(FakeBus bus, String... flags) {
    return new SensorProcess(
        folder.resolve("spool"), bus.environment(), QUICK_START, List.of(flags));
  }

  private static FalcoLoad load(SensorProcess sensor, int count) {
    return FalcoLoad.start(
        sensor.address(), 4, LoadAlerts.distinct("full", FROM), count, Duration.ZERO);
  }

  /** The alerts that arrived less often than they were acknowledged, with both counts. */
  private static Map<String, String> missing(
      Map<String, Long> acknowledged, ToLongFunction<String> arrived) {
    Map<String, String> missing = new HashMap<>();
    acknowledged.forEach(
        (problem, count) -> {
          long came = arrived.applyAsLong(problem);
          if (came < count) {
            missing.put(problem, came + " of " + count);
          }
        });
    return missing;
  }

  /** The alerts that arrived more often than they were posted, without resends. */
  private static Map<String, String> surplus(
      Map<String, Long> posted, ToLongFunction<String> arrived) {
    Map<String, String> surplus = new HashMap<>();
    posted.forEach(
        (problem, count) -> {
          long came = arrived.applyAsLong(problem);
          if (came > count) {
            surplus.put(problem, came + " of " + count);
          }
        });
    return surplus;
  }

  private static boolean succeeds(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
