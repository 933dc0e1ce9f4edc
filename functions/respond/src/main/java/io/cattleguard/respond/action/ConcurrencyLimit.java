package io.cattleguard.respond.action;

import java.time.Duration;

/**
 * A limit for concurrent actions.
 *
 * @param name the key of the limit
 * @param slots the maximum number of concurrent actions
 * @param stays how long an action that had an effect keeps its slot, because the cluster shows its
 *     effect on other objects only later; zero if the slot is free when the action has ended
 * @param full the message when no slot is free
 * @param yields whether the action is taken without a slot rather than never, because what it
 *     contains is worse than what the limit protects
 */
public record ConcurrencyLimit(
    String name, int slots, Duration stays, String full, boolean yields) {
  /** A limit whose slots are free again when the action has ended. */
  public ConcurrencyLimit(String name, int slots) {
    this(name, slots, Duration.ZERO);
  }

  /** A limit whose slots stay taken for a time. */
  public ConcurrencyLimit(String name, int slots, Duration stays) {
    this(
        name,
        slots,
        stays,
        "too many actions run at once for " + name + " (at most " + slots + ")",
        false);
  }

  /** The same limit for an action that is taken without a slot before its alert is too old. */
  public ConcurrencyLimit yielding() {
    return new ConcurrencyLimit(name, slots, stays, full, true);
  }
}
