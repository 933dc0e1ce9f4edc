package io.cattleguard.events;

import java.util.Locale;
import java.util.Optional;

/** The class of an alert. It decides where the alert is routed and whether an action is allowed. */
public enum AlertClass {
  /** Something happened in a running workload. */
  RUNTIME,
  /** An API was called. */
  AUDIT,
  /** A misconfiguration; for developers, never contained. */
  CONFIGURATION,
  /** A known vulnerability; for developers, never contained. */
  VULNERABILITY,
  /** A problem of an engine or sensor itself; people are notified, nothing is contained. */
  HEALTH;

  private final String jsonName = name().toLowerCase(Locale.ROOT);

  /** The name on the wire: {@code runtime}, {@code audit}, and so on. */
  public String jsonName() {
    return jsonName;
  }

  /** The class with that wire name, or empty. */
  public static Optional<AlertClass> named(String jsonName) {
    for (AlertClass alertClass : values()) {
      if (alertClass.jsonName.equals(jsonName)) {
        return Optional.of(alertClass);
      }
    }
    return Optional.empty();
  }
}
