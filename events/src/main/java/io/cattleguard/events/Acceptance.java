package io.cattleguard.events;

import java.util.Locale;
import java.util.Optional;

/** Why deduplicate let an alert through. */
public enum Acceptance {
  /** The first sight of a problem. */
  OPENED,
  /** A known problem on an object where it was not known. */
  SPREAD,
  /** A known problem on a known object whose count passed a step, or that came back. */
  REPEATED;

  private final String jsonName = name().toLowerCase(Locale.ROOT);

  /** The name on the wire. */
  public String jsonName() {
    return jsonName;
  }

  /** The acceptance of that wire name, or empty where there is none of that name. */
  public static Optional<Acceptance> named(String jsonName) {
    for (Acceptance acceptance : values()) {
      if (acceptance.jsonName.equals(jsonName)) {
        return Optional.of(acceptance);
      }
    }
    return Optional.empty();
  }
}
