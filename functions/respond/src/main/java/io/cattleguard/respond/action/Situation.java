package io.cattleguard.respond.action;

import io.cattleguard.events.ScoredAlert;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * All inputs of a decision, read before it.
 *
 * @param observed what the action read from its place
 * @param allowances the limits that the action counts against
 * @param halted whether the kill switch is on
 * @param now the time of the decision
 * @param replayed whether the event is a replay from an archive
 * @param rehearsal dry run without a cluster or account: only the alert itself is judged
 */
public record Situation<S extends ObservedState>(
    ScoredAlert scored,
    Playbook playbook,
    S observed,
    List<Allowance> allowances,
    Fact<Boolean> halted,
    Instant now,
    boolean replayed,
    boolean rehearsal) {

  /** Copies the list. */
  public Situation {
    allowances = List.copyOf(allowances);
  }

  /** The same situation with a part of what the action read. */
  public <T extends ObservedState> Situation<T> of(Function<S, T> part) {
    return new Situation<>(
        scored, playbook, part.apply(observed), allowances, halted, now, replayed, rehearsal);
  }
}
