package io.cattleguard.respond.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The usage of a budget.
 *
 * @param budget its key
 * @param max maximum objects, as the latest spender had it; 0 if an earlier version spent
 * @param window in which they count; zero if an earlier version spent
 * @param at when each object was counted last, in order
 */
public record SpentBudget(String budget, int max, Duration window, List<Instant> at) {
  /** Copies the list. */
  public SpentBudget {
    at = List.copyOf(at);
  }

  /** The objects that count now. Without a window it is not known when they stop counting. */
  public int used(Instant now) {
    return (int) at.stream().filter(one -> counts(one, now)).count();
  }

  /** When the next of them stops counting. */
  public Optional<Instant> freeAt(Instant now) {
    return window.isZero()
        ? Optional.empty()
        : at.stream().filter(one -> counts(one, now)).findFirst().map(one -> one.plus(window));
  }

  /** Whether no other object may be acted on now, as far as it is known. */
  public boolean isUsedUp(Instant now) {
    return max > 0 && used(now) >= max;
  }

  private boolean counts(Instant one, Instant now) {
    return window.isZero() || one.isAfter(now.minus(window));
  }
}
