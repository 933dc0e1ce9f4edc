package io.cattleguard.respond.metrics;

import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * The containments and failures in ledgers, as numbers for metrics and their alarms.
 *
 * @param liveContainments containments in force
 * @param failedUndos containments whose undo fails, or that this version cannot read
 * @param oldestFailedUndo since when the oldest of these undos fails; zero without one
 * @param breakersOpen ledgers whose circuit breaker is open, so that responders only observe
 */
public record Vitals(
    long liveContainments, long failedUndos, Duration oldestFailedUndo, long breakersOpen) {
  /** The numbers of a responder without a ledger. */
  public static final Vitals NONE = new Vitals(0, 0, Duration.ZERO, 0);

  /**
   * Reads the ledgers: of each the index, the live containments and the budgets of its breakers.
   *
   * @throws io.cattleguard.edge.port.Unavailable if a ledger does not answer
   */
  public static Vitals of(Collection<? extends Ledger> ledgers, Budget breaker, Instant now) {
    long live = 0;
    long failed = 0;
    long open = 0;
    Duration oldest = Duration.ZERO;
    for (Ledger ledger : ledgers) {
      List<Containment> containments = ledger.live();
      long unreadable = ledger.unreadableContainments().size();
      live += containments.size() + unreadable;
      failed += unreadable;
      for (Containment containment : containments) {
        if (containment.failed().isPresent()) {
          Duration since = Duration.between(containment.failed().get().since(), now);
          oldest = since.compareTo(oldest) > 0 ? since : oldest;
          failed++;
        }
      }
      Instant since = now.minus(breaker.window());
      open +=
          ledger
              .spentByOthers(
                  Allowance.BREAKERS.stream().map(key -> new Ledger.Spent(key, "", since)).toList())
              .values()
              .stream()
              .filter(failures -> failures >= breaker.max())
              .count();
    }
    return new Vitals(live, failed, oldest, open);
  }
}
