package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;

/** An action that is stronger than {@link LockBox} and cannot be undone. */
public record BurnBox() implements BoxAction {
  @Override
  public String name() {
    return "burn-box";
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public Progress take(Vault vault, LockBox.Box observed, UndoRecord undo) {
    vault.burnt.add(observed.subject().orElseThrow().uid());
    return new Progress.Done(ResponseOutcome.TAKEN, "burnt");
  }
}
