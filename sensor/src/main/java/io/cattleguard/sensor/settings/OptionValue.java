package io.cattleguard.sensor.settings;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the values that options of several commands share. An {@link IllegalArgumentException} says
 * in one sentence what is wrong and what to write.
 */
public final class OptionValue {
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private OptionValue() {}

  /** The name of a cluster, which EKS limits to these characters. */
  public static String cluster(String option, String value) {
    if (!CLUSTER.matcher(value).matches()) {
      throw new IllegalArgumentException(
          option + ": use letters, digits, '-', '_' and '.', not: " + value);
    }
    return value;
  }

  /** An address to listen on, {@code HOST:PORT}; an IPv6 address is written in brackets. */
  public static InetSocketAddress address(String option, String value) {
    int colon = value.lastIndexOf(':');
    if (colon < 1) {
      String example = option.equals("--listen") ? "127.0.0.1:2801" : "127.0.0.1:2802";
      throw new IllegalArgumentException(
          option + ": use HOST:PORT, for example " + example + ", not: " + value);
    }
    String host = value.substring(0, colon).replace("[", "").replace("]", "");
    int port = (int) number(option, value.substring(colon + 1), 0, 65_535);
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          option + ": " + host + " is not an IP address and cannot be resolved", e);
    }
  }

  /**
   * An address to listen on that is not every address of the machine.
   *
   * @param remedy the alternative for the command line, as the end of the sentence
   */
  public static InetSocketAddress singleAddress(String option, String value, String remedy) {
    InetSocketAddress address = address(option, value);
    if (address.getAddress().isAnyLocalAddress()) {
      throw new IllegalArgumentException(
          option
              + ": "
              + value
              + " listens on every address of this machine, and any client that reaches it can"
              + " post alerts; "
              + remedy);
    }
    return address;
  }

  /** A whole number within bounds. */
  public static long number(String option, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The error below covers this case.
    }
    throw new IllegalArgumentException(
        option + ": use a number from " + least + " to " + most + ", not: " + value);
  }

  /** A duration within bounds, such as {@code 500ms}, {@code 2s}, {@code 1m} or {@code 1h}. */
  public static Duration duration(String option, String value, Duration least, Duration most) {
    Matcher matcher = DURATION.matcher(value);
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
          };
      if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
        return duration;
      }
    }
    throw new IllegalArgumentException(
        option
            + ": use a duration from "
            + inWords(least)
            + " to "
            + inWords(most)
            + ", such as 500ms, 2s or 1m, not: "
            + value);
  }

  private static String inWords(Duration duration) {
    return duration.toMillis() < 1_000
        ? duration.toMillis() + "ms"
        : duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
