package io.cattleguard.bench;

import java.time.Duration;
import java.util.Locale;

/**
 * The figures of one forwarding benchmark.
 *
 * @param acknowledged how many posts got status 200
 * @param arrived how many alerts the receiver got, counts included
 * @param calls how many calls the receiver got
 * @param answered time until the last post was answered
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
    return "| | acknowledged | arrived | alerts per CPU-second | CPU | peak memory | calls | calls"
        + " per 1,000 alerts | took |\n"
        + "|---|---|---|---|---|---|---|---|---|";
  }
}
