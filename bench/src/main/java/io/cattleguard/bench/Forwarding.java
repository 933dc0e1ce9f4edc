package io.cattleguard.bench;

import java.time.Duration;
import java.util.Locale;

/**
 * How alerts were forwarded.
 *
 * @param acknowledged how many posts were answered 200
 * @param arrived how many alerts came out at the other end, with their counts
 * @param calls how many calls that took
 * @param answered how long it took until the last was answered
 */
record Forwarding(
    String program,
    long acknowledged,
    long arrived,
    long calls,
    Duration answered,
    ProcessFigures used) {

  double perCpuSecond() {
    return arrived / used.cpuSeconds();
  }

  double callsPerThousand() {
    return calls * 1e3 / arrived;
  }

  /** One row of a table, as Markdown. */
  String row(String what) {
    return String.format(
        Locale.ROOT,
        "| %s, %s | %,d | %,d | %,.0f | %.1f s | %d MB | %,d | %.2f | %.0f s |",
        program,
        what,
        acknowledged,
        arrived,
        perCpuSecond(),
        used.cpuSeconds(),
        used.peakMegabytes(),
        calls,
        callsPerThousand(),
        answered.toMillis() / 1e3);
  }

  static String head() {
    return "| | acknowledged | arrived | alerts a CPU-second | CPU | peak memory | calls | calls a"
        + " 1,000 | took |\n|---|---|---|---|---|---|---|---|---|";
  }
}
