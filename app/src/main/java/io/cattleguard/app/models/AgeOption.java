package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import java.time.Duration;
import picocli.CommandLine.Option;

/** For how long an entry of a model is kept that is not seen. */
final class AgeOption {
  @Option(
      names = "--age",
      paramLabel = "DURATION",
      defaultValue = "30d",
      description = "Drop entries that were not seen for that long. Default: ${DEFAULT-VALUE}.")
  private String age = "30d";

  /**
   * The age.
   *
   * @throws UsageError if it is no duration
   */
  Duration age() {
    return Durations.parse(age)
        .filter(one -> !one.isZero())
        .orElseThrow(() -> new UsageError("--age " + age + ": expected " + Durations.EXPECTED));
  }
}
