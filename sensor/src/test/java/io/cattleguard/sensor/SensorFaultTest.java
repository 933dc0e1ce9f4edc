package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.TakesLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests random faults of a sensor's process. {@code -Dcattleguard.seed} repeats a run; {@code
 * bench/faults} runs longer, with ten seconds for each recovery.
 */
@TakesLong
final class SensorFaultTest {
  private static final int SECONDS = Integer.getInteger("cattleguard.faults", 60);
  private static final Duration PATIENCE =
      Duration.ofSeconds(System.getProperty("cattleguard.faults") == null ? 60 : 10);

  @TempDir Path folder;

  @Test
  void promise1WhateverHappensWhatWasAcknowledgedArrivesOrIsCounted() throws Exception {
    long seed = Long.getLong("cattleguard.seed", 20_260_302);
    Path disk = Files.createDirectory(folder.resolve("disk"));
    boolean small = mount("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk.toString());
    int steps = 0;
    try (SensorFaults faults = new SensorFaults(seed, folder, disk, small, PATIENCE)) {
      long until = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
      while (steps < 3 || System.nanoTime() < until) {
        faults.step();
        steps++;
      }
      System.out.println("faults: seed " + seed + ", " + steps + " faults; " + faults.balance());
    } catch (AssertionError e) {
      throw new AssertionError(
          "seed " + seed + ", fault " + (steps + 1) + ": " + e.getMessage(), e);
    } finally {
      assertTrue(!small || mount("umount", "-l", disk.toString()));
    }
  }

  private static boolean mount(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // the program is not installed
    }
  }
}
