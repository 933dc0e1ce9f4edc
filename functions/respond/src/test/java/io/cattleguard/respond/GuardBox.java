package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import java.util.Optional;

/**
 * An action beside {@link LockBox}, on the shelf of the box or on the box itself.
 *
 * @param sameBox whether it is on the box
 */
public record GuardBox(boolean sameBox, Effect effect) implements BoxAction {
  /** On the shelf. */
  public GuardBox() {
    this(false, Effect.CONTAINS);
  }

  @Override
  public String name() {
    return "guard-box";
  }

  @Override
  public LockBox.Box look(Vault vault, ScoredAlert scored) {
    LockBox.Box box = BoxAction.super.look(vault, scored);
    return sameBox
        ? box
        : new LockBox.Box(new Fact.Known<>(Optional.of(new LockBox.Named("shelf"))));
  }

  @Override
  public Progress take(Vault vault, LockBox.Box observed, UndoRecord undo) {
    return new Progress.Done(ResponseOutcome.TAKEN, "guarded");
  }
}
