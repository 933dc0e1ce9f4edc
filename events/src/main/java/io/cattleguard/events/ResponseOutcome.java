package io.cattleguard.events;

import java.util.Locale;
import java.util.Optional;

/** What became of a response. */
public enum ResponseOutcome {
  /** Done, and seen to have worked. */
  TAKEN,
  /** Would have been done, had the playbook been enforced. */
  OBSERVED,
  /** Not done: at least one guard-rail objected. */
  REFUSED,
  /** Waits for a person. */
  AWAITING_APPROVAL,
  /** Tried, and not seen to have worked. */
  FAILED,
  /** Undone, by lease or by hand. */
  RELEASED;

  private final String jsonName = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** The name on the wire: {@code taken}, {@code awaiting-approval}, and so on. */
  public String jsonName() {
    return jsonName;
  }

  /** The outcome of that wire name, or empty where there is none of that name. */
  public static Optional<ResponseOutcome> named(String jsonName) {
    for (ResponseOutcome outcome : values()) {
      if (outcome.jsonName.equals(jsonName)) {
        return Optional.of(outcome);
      }
    }
    return Optional.empty();
  }
}
