package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class IncidentTest {
  private static Incident.Step step(int second, String rule, String... tactics) {
    return new Incident.Step(
        TestAlerts.AT.plusSeconds(second), "falco", rule, Severity.HIGH, List.of(tactics));
  }

  private static Incident incident(String id, Incident.Step... steps) {
    return new Incident(
        id, TestAlerts.AT, "workload shop/web in blue", List.of(), List.of(steps), List.of());
  }

  @Test
  void theKillChainFollowsTheOrderOfAnAttackAndNotTheOrderOfArrival() {
    Incident.Step exfiltration = step(9, "upload", "TA0010");
    Incident.Step control = step(5, "c2", "TA0011", "TA0002");
    Incident.Step shell = step(1, "shell", "TA0002");
    Incident.Step unknown = step(0, "odd", "TA9999");
    Incident.Step none = step(2, "noise");

    Map<String, List<Incident.Step>> chain =
        incident("i", exfiltration, unknown, control, none, shell).killChain();

    assertEquals(List.of("TA0002", "TA0011", "TA0010", "TA9999"), List.copyOf(chain.keySet()));
    assertEquals(List.of(shell, control), chain.get("TA0002"), "and time within a tactic");
  }

  @Test
  void anAlertOfAnEarlierVersionIsAnIncidentOfItsOwn() {
    ScoredAlert scored = TestAlerts.scored(TestAlerts.reverseShell("a"), 90);

    assertEquals(scored.accepted().fingerprint(), scored.incidentId());
    assertTrue(scored.isOwnIncident());
    assertFalse(
        new ScoredAlert(scored.accepted(), 90, scored.reasons(), incident("i")).isOwnIncident());
  }
}
