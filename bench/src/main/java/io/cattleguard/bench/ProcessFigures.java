package io.cattleguard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The CPU time and memory of a process since its start, from /proc.
 *
 * @param cpuSeconds user and kernel time of all threads
 * @param peakMegabytes peak resident memory
 */
record ProcessFigures(double cpuSeconds, long peakMegabytes) {
  private static final int UTIME_AFTER_NAME = 11;
  private static final double TICKS_PER_SECOND = 100;

  /** Reads the figures of a running process. */
  static ProcessFigures of(long pid) throws IOException {
    Path folder = Path.of("/proc", String.valueOf(pid));
    String stat = Files.readString(folder.resolve("stat"));
    List<String> afterName =
        Arrays.asList(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    long ticks =
        Long.parseLong(afterName.get(UTIME_AFTER_NAME))
            + Long.parseLong(afterName.get(UTIME_AFTER_NAME + 1));
    long kilobytes =
        Files.readAllLines(folder.resolve("status")).stream()
            .filter(line -> line.startsWith("VmHWM:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
    return new ProcessFigures(ticks / TICKS_PER_SECOND, kilobytes >> 10);
  }
}
