package io.cattleguard.events.operator;

import java.net.URI;
import java.util.Optional;

/**
 * The address at which Slack takes an answer. Slack signs it with the rest of the payload; it is
 * checked all the same, so that no request makes the function call another host.
 */
public final class AnswerAddress {
  private static final String HOST = "hooks.slack.com";
  private static final int LONGEST = 500;

  private AnswerAddress() {}

  /** The address, or empty if it is not one of Slack's. */
  public static Optional<URI> read(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      URI address = URI.create(text);
      boolean isSlack =
          "https".equals(address.getScheme())
              && HOST.equals(address.getHost())
              && address.getPort() == -1
              && address.getRawUserInfo() == null;
      return isSlack ? Optional.of(address) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
