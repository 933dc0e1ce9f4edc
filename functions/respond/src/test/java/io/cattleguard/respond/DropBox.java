package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;

/** An action with the effect {@code limits}, which its service denies. */
public record DropBox() implements BoxAction {
  @Override
  public String name() {
    return "drop-box";
  }

  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public Progress take(Vault vault, LockBox.Box observed, UndoRecord undo) {
    return new Progress.Done(ResponseOutcome.FAILED, "denied");
  }
}
