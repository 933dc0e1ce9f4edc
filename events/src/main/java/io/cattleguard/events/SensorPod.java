package io.cattleguard.events;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pod of a sensor, as its credential names it.
 *
 * @param uid of exactly this pod: a later pod of that name has another
 */
public record SensorPod(String namespace, String uid, String name) {
  private static final Pattern TEXT =
      Pattern.compile(
          "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)/([0-9A-Za-z-]{1,64})/([a-z0-9][a-z0-9.-]{0,252})");

  /** Reads what {@link #toString} wrote; empty if it is not the text of a pod. */
  public static Optional<SensorPod> read(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(new SensorPod(matcher.group(1), matcher.group(3), matcher.group(4)))
        : Optional.empty();
  }

  /** {@code namespace/uid/name}. */
  @Override
  public String toString() {
    return namespace + "/" + uid + "/" + name;
  }
}
