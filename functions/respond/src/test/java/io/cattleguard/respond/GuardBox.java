package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An action beside {@link LockBox}, on the shelf of the box or on the box itself.
 *
 * @param sameBox whether it is on the box
 */
public record GuardBox(boolean sameBox, Effect effect) implements Action<Vault, LockBox.Box> {
  /** On the shelf. */
  public GuardBox() {
    this(false, Effect.CONTAINS);
  }

  @Override
  public String name() {
    return "guard-box";
  }

  @Override
  public Class<Vault> place() {
    return Vault.class;
  }

  @Override
  public GuardBox with(PolicyNode settings) {
    return this;
  }

  @Override
  public LockBox.Box look(Vault vault, ScoredAlert scored) {
    LockBox.Box box = new LockBox().look(vault, scored);
    return sameBox
        ? box
        : new LockBox.Box(new Fact.Known<>(Optional.of(new LockBox.Named("shelf"))));
  }

  @Override
  public List<Guard<LockBox.Box>> guards() {
    return List.of();
  }

  @Override
  public Progress take(Vault vault, LockBox.Box observed, UndoRecord undo) {
    return new Progress.Done(ResponseOutcome.TAKEN, "guarded");
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
