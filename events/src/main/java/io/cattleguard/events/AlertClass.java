package io.cattleguard.events;

import java.util.Locale;
import java.util.Optional;

/** What kind of trouble an alert tells of; decides who hears of it and whether anything may act. */
public enum AlertClass {
  /** Something happened in a running workload. */
  RUNTIME,
  /** Somebody called an API. */
  AUDIT,
  /** Something is set up badly; for developers, never contained. */
  CONFIGURATION,
  /** Something has a known flaw; for developers, never contained. */
  VULNERABILITY,
  /** An engine or sensor reports trouble of its own; people are told, nothing is contained. */
  HEALTH;

  private final String jsonName = name().toLowerCase(Locale.ROOT);

  /** The name on the wire: {@code runtime}, {@code audit}, and so on. */
  public String jsonName() {
    return jsonName;
  }

  /** The class of that wire name, or empty where there is none of that name. */
  public static Optional<AlertClass> named(String jsonName) {
    for (AlertClass alertClass : values()) {
      if (alertClass.jsonName.equals(jsonName)) {
        return Optional.of(alertClass);
      }
    }
    return Optional.empty();
  }
}
