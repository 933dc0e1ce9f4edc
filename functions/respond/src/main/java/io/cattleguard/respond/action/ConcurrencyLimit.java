package io.cattleguard.respond.action;

import java.time.Duration;

/**
 * A limit for concurrent actions.
 *
 * @param name the key of the limit
 * @param places the limit
 * @param stays how long the place stays taken after an action that had an effect, because the
 *     cluster shows its effect on others only later; zero if it is free when the action has ended
 * @param full the message when no place is free
 * @param yields whether the action is taken without a place rather than never, because what it
 *     contains is worse than what the place protects
 */
public record ConcurrencyLimit(
    String name, int places, Duration stays, String full, boolean yields) {
  /** A limit whose place is free again when the action has ended. */
  public ConcurrencyLimit(String name, int places) {
    this(name, places, Duration.ZERO);
  }

  /** A limit whose place stays taken for a time. */
  public ConcurrencyLimit(String name, int places, Duration stays) {
    this(
        name,
        places,
        stays,
        "too many actions run at once for " + name + ", of which " + places + " may",
        false);
  }

  /** The same limit for an action that is taken without a place before its alert is too old. */
  public ConcurrencyLimit yielding() {
    return new ConcurrencyLimit(name, places, stays, full, true);
  }
}
