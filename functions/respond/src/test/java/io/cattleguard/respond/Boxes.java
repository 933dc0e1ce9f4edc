package io.cattleguard.respond;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A playbook, responders and alerts about the boxes of a {@link Vault}. For tests. */
public final class Boxes {
  /** What can be done to a box. */
  static final Actions ACTIONS =
      Actions.of(
          List.of(
              "lock-box = " + LockBox.class.getName(),
              "burn-box = " + BurnBox.class.getName(),
              "guard-box = " + GuardBox.class.getName()));

  private Boxes() {}

  /** What a playbook of these tests matches: alerts with the score 85. */
  static EventPattern pattern() {
    return EventPattern.compile(
        JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
  }

  /** A playbook with the default budget. */
  public static Playbook playbook(Mode mode, Action<?, ?>... steps) {
    return new Playbook(
        "test", pattern(), mode, Duration.ofMinutes(10), List.of(steps), Budget.DEFAULT);
  }

  /** A responder with that playbook. */
  static Responder responder(
      Playbook playbook, Vault vault, Ledger ledger, InstantSource clock, DelayQueue later) {
    return new Responder(
        new Playbooks(List.of(playbook), ACTIONS),
        Places.of(Vault.class, vault),
        ledger,
        ResponderSettings.DEFAULT,
        clock,
        later);
  }

  /** A critical alert about a box, with the score 85. */
  static ScoredAlert about(String id, String box, Instant at) {
    return TestAlerts.scored(
        TestAlerts.alert(id, "r", Severity.CRITICAL)
            .at(at)
            .target(Target.builder().resource(box).build())
            .build(),
        85);
  }
}
