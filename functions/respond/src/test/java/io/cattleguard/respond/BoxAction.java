package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import java.time.Duration;
import java.util.List;

/** An action on the box that the alert names, without settings or guards, which is done at once. */
interface BoxAction extends Action<Vault, LockBox.Box> {
  @Override
  default Class<Vault> place() {
    return Vault.class;
  }

  @Override
  default BoxAction with(PolicyNode settings) {
    return this;
  }

  @Override
  default LockBox.Box look(Vault vault, ScoredAlert scored) {
    return new LockBox().look(vault, scored);
  }

  @Override
  default List<Guard<LockBox.Box>> guards() {
    return List.of();
  }

  @Override
  default Progress verify(Vault vault, JsonNode state, UndoRecord undo, Duration since) {
    throw new IllegalStateException("done at once");
  }

  @Override
  default List<Permission> permissions() {
    return List.of();
  }

  @Override
  default String named(Target target) {
    return "box " + target.resource();
  }

  @Override
  default String inWords(Target target, String uid) {
    return "box " + uid;
  }
}
