package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A responder of one enforcing playbook with one step, and the clock and ledger of a test. */
public final class Drill {
  /** Simulates that the process is killed. */
  public static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  public final InMemoryLedger ledger = new InMemoryLedger();
  private final Supplier<Action<?, ?>> step;
  private final Supplier<AwsScope> scope;
  private final Budget budget;
  private Instant now = TestAlerts.AT.plusSeconds(60);

  public Drill(Supplier<Action<?, ?>> step, Supplier<AwsScope> scope, Budget budget) {
    this.step = step;
    this.scope = scope;
    this.budget = budget;
  }

  Drill(Action<?, ?> step, Supplier<AwsScope> scope) {
    this(() -> step, scope, Budget.DEFAULT);
  }

  public Instant now() {
    return now;
  }

  public void pass(Duration time) {
    now = now.plus(time);
  }

  Responder responder() {
    EventPattern when =
        EventPattern.compile(
            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85))));
    Playbook playbook =
        new Playbook(
            "test", when, Mode.ENFORCE, Duration.ofMinutes(30), List.of(step.get()), budget);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(AwsScope.class, scope.get()),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  public ResponseDecided enforce(Alert alert) {
    List<ResponseDecided> decided = responder().respond(Account.scored(alert), now, false);
    assertEquals(1, decided.size(), decided.toString());
    return decided.getFirst();
  }

  /** Ends the lease. */
  public ResponseDecided release(Duration after) {
    pass(after);
    List<ResponseDecided> released = responder().releaseEnded(now);
    assertEquals(1, released.size(), released.toString());
    return released.getFirst();
  }
}
