package io.cattleguard.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

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

  /** The user and kernel time of each thread of a running process, one line per name. */
  static String threads(long pid) throws IOException {
    Map<String, long[]> byName = new TreeMap<>();
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
      for (Path task : tasks) {
        String stat = Files.readString(task.resolve("stat"));
        int end = stat.lastIndexOf(')');
        List<String> afterName = Arrays.asList(stat.substring(end + 2).split(" ", -1));
        long[] ticks =
            byName.computeIfAbsent(
                stat.substring(stat.indexOf('(') + 1, end), absent -> new long[2]);
        ticks[0] += Long.parseLong(afterName.get(UTIME_AFTER_NAME));
        ticks[1] += Long.parseLong(afterName.get(UTIME_AFTER_NAME + 1));
      }
    }
    StringBuilder text = new StringBuilder();
    byName.forEach(
        (name, ticks) -> {
          if (ticks[0] + ticks[1] > 0) {
            text.append(
                String.format(
                    Locale.ROOT,
                    "%-16s user %5.2f s, kernel %5.2f s%n",
                    name,
                    ticks[0] / TICKS_PER_SECOND,
                    ticks[1] / TICKS_PER_SECOND));
          }
        });
    return text.toString();
  }
}
