package io.cattleguard.app.operate;

import io.cattleguard.respond.ledger.Order;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say who asks, and why. */
final class WhoAndWhy {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "The reason, shown to people.")
  private String reason = "";

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Your name, shown to people. Default: your user name.")
  private @Nullable String by;

  Order order() {
    return order(by, reason);
  }

  static Order order(@Nullable String by, String reason) {
    return new Order(by == null ? System.getProperty("user.name", "unknown") : by, reason);
  }
}
