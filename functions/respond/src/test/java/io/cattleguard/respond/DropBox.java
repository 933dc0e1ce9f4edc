package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import java.time.Duration;
import java.util.List;

/** An action that only limits, and whose place denies it. */
public record DropBox() implements Action<Vault, LockBox.Box> {
  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public String name() {
    return "drop-box";
  }

  @Override
  public Class<Vault> place() {
    return Vault.class;
  }

  @Override
  public DropBox with(PolicyNode settings) {
    return this;
  }

  @Override
  public LockBox.Box look(Vault vault, ScoredAlert scored) {
    return new LockBox().look(vault, scored);
  }

  @Override
  public List<Guard<LockBox.Box>> guards() {
    return List.of();
  }

  @Override
  public Progress take(Vault vault, LockBox.Box observed, UndoRecord undo) {
    return new Progress.Done(ResponseOutcome.FAILED, "denied");
  }

  @Override
  public Progress verify(Vault vault, JsonNode state, UndoRecord undo, Duration since) {
    throw new IllegalStateException("done at once");
  }

  @Override
  public List<Permission> permissions() {
    return List.of();
  }

  @Override
  public String named(Target target) {
    return "box " + target.resource();
  }

  @Override
  public String inWords(Target target, String uid) {
    return "box " + uid;
  }
}
