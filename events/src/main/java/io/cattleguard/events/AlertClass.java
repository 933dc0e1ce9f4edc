package io.cattleguard.events;

import io.cattleguard.events.text.WireName;
import java.util.Optional;

/** The class of an alert. It decides where the alert is routed and whether an action is allowed. */
public enum AlertClass implements WireName {
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

  private final String jsonName = WireName.of(this);

  /** The name on the wire: {@code runtime}, {@code audit}, and so on. */
  @Override
  public String jsonName() {
    return jsonName;
  }

  /** The class with that wire name, or empty. */
  public static Optional<AlertClass> named(String jsonName) {
    return WireName.find(values(), jsonName);
  }
}
