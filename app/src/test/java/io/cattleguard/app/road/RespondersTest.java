package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.IsolatePod;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RespondersTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(1);

  private static List<String> objections(Limits limits) {
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(new IsolatePod()),
            Budget.DEFAULT);
    ResponseDecided decided =
        Responders.of(
                new Playbooks(List.of(playbook), Actions.registered(), limits),
                new NoCluster(),
                Optional.empty(),
                new InMemoryLedger(),
                ResponderSettings.DEFAULT,
                () -> NOW,
                millis -> {})
            .kubernetes()
            .respond(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85), NOW, false)
            .getFirst();
    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    return decided.objections().stream().filter(one -> one.contains("protected")).toList();
  }

  @Test
  void promise9NamespacesOfTheSettingsAreProtected() {
    assertEquals(List.of(), objections(Limits.DEFAULT));
    assertEquals(
        List.of("namespace shop is protected"),
        objections(
            new Limits(
                Set.of("shop"),
                Limits.DEFAULT.hourly(),
                Limits.DEFAULT.repeatOffender(),
                Limits.DEFAULT.circuitBreaker(),
                Map.of())));
  }
}
