package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.action.UndoRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An action for tests of what is the same for every action: locks the box that an alert names.
 *
 * @param repeatsChanges whether a check may lock again; if not, the vault may show an older state
 *     for ten seconds
 */
public record LockBox(Duration leaseTime, boolean repeatsChanges)
    implements Action.Leased<Vault, LockBox.Box> {
  /** A box, found by the name of the alert's resource. */
  public record Box(Fact<Optional<Named>> box, List<ConcurrencyLimit> limits)
      implements ObservedState {
    /** Without a limit. */
    public Box(Fact<Optional<Named>> box) {
      this(box, List.of());
    }

    @Override
    public Optional<Named> subject() {
      return Fact.found(box);
    }
  }

  /** A box's name, and where it stands. */
  public record Named(String uid, Optional<String> node) implements Subject {
    /** A box that stands on no node. */
    public Named(String uid) {
      this(uid, Optional.empty());
    }

    @Override
    public String inWords() {
      return "box " + uid;
    }

    @Override
    public String workload() {
      return "shelf";
    }

    @Override
    public Optional<String> onNode() {
      return node;
    }

    @Override
    public String neighbourhood() {
      return "vault";
    }

    @Override
    public ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("uid", uid);
    }
  }

  /** For an hour. */
  public LockBox() {
    this(Duration.ofHours(1));
  }

  /** A check may lock again. */
  public LockBox(Duration leaseTime) {
    this(leaseTime, true);
  }

  @Override
  public String name() {
    return "lock-box";
  }

  @Override
  public Class<Vault> place() {
    return Vault.class;
  }

  @Override
  public LockBox with(PolicyNode settings) {
    return new LockBox(
        settings.mapping("lease").optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        repeatsChanges);
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public Box look(Vault vault, ScoredAlert scored) {
    return new Box(
        Fact.ask(
            () -> {
              vault.ask("look");
              return Optional.ofNullable(scored.alert().target().resource())
                  .filter(vault.boxes::contains)
                  .map(
                      name ->
                          new Named(
                              vault.replaced.getOrDefault(name, name),
                              Optional.ofNullable(vault.nodes.get(name))));
            }),
        List.copyOf(vault.limits));
  }

  @Override
  public List<ConcurrencyLimit> concurrencyLimits(Box observed) {
    return observed.limits();
  }

  @Override
  public List<Guard<Box>> guards() {
    return List.of(
        Guard.asking(
            "box exists",
            s -> Fact.exists(s, s.observed().box(), "there is no such box", "cannot read the box")),
        Guard.of(
            "box is not empty",
            s ->
                Fact.objection(
                    s.observed().box(),
                    box ->
                        box.uid().equals("b2") ? Optional.of("it is empty") : Optional.empty())));
  }

  @Override
  public Progress take(Vault vault, Box observed, UndoRecord undo) {
    Named box = observed.subject().orElseThrow();
    undo.remember(box);
    vault.ask("take");
    if (vault.jammed) {
      undo.forget();
      throw new Denied("the lock is jammed");
    }
    if (vault.broken) {
      throw new ArithmeticException();
    }
    if (vault.unanswered > 0) {
      vault.unanswered--;
      if (vault.worksUnanswered) {
        vault.locked.add(box.uid());
        vault.boxes.remove(box.uid());
      }
      throw new Unavailable("the vault does not answer");
    }
    vault.locked.add(box.uid());
    return pending(vault, box);
  }

  @Override
  public Progress verify(Vault vault, JsonNode state, UndoRecord undo, Duration since) {
    vault.ask("verify");
    vault.verified.run();
    if (vault.relock.isPresent()) {
      Named box = new Named(state.path("uid").asText());
      vault.relock.get().run();
      undo.remember(box);
      undo.checkMayChange();
      vault.ask("lock again");
      vault.locked.add(box.uid());
      return pending(vault, box);
    }
    if (vault.slow > 0) {
      vault.slow--;
      return pending(vault, new Named(state.path("uid").asText()));
    }
    return vault.partly
        ? new Progress.Done(ResponseOutcome.FAILED, "locked in part", true)
        : new Progress.Done(ResponseOutcome.TAKEN, "locked", true);
  }

  private static Progress pending(Vault vault, Named box) {
    return new Progress.Pending(
        box.toJson(),
        new Progress.Done(ResponseOutcome.FAILED, "not seen to be locked", vault.leasesUnseen));
  }

  @Override
  public boolean failsInPlace() {
    return true;
  }

  @Override
  public Optional<Progress.Done> interrupted(
      Vault vault, Box observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(before -> new Progress.Done(ResponseOutcome.TAKEN, "locked, and interrupted", true));
  }

  @Override
  public Progress.Done release(Vault vault, JsonNode subject) {
    vault.ask("release");
    if (vault.stuck) {
      throw new Unavailable("the lock is stuck");
    }
    if (vault.unseen > 0) {
      vault.unseen--;
      throw new NotVisibleYet("the lock was opened, but does not show it yet");
    }
    vault.locked.remove(subject.path("uid").asText());
    return new Progress.Done(ResponseOutcome.RELEASED, "open");
  }

  /** Boxes like {@code b1@left} and {@code b1@right} have one lock. */
  @Override
  public Optional<String> sharedEffect(JsonNode subject) {
    String uid = subject.path("uid").asText();
    if (uid.isEmpty()) {
      throw new Unavailable("the ledger item is not a box");
    }
    return uid.contains("@") ? Optional.of(uid.substring(0, uid.indexOf('@'))) : Optional.empty();
  }

  @Override
  public Duration settled() {
    return repeatsChanges ? Duration.ZERO : Duration.ofSeconds(10);
  }

  @Override
  public boolean holds(Vault vault, JsonNode subject) {
    vault.ask("holds");
    if (vault.unreadable.contains(subject.path("uid").asText())) {
      throw new Unavailable("this box does not answer");
    }
    return vault.locked.contains(subject.path("uid").asText());
  }

  @Override
  public boolean isUndone(Vault vault, JsonNode subject) {
    return !holds(vault, subject) && vault.boxes.contains(subject.path("uid").asText());
  }

  @Override
  public Optional<String> escalation() {
    return Optional.of("burn-box");
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
