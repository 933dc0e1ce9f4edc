package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.ledger.Ledger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The messages of a responder to itself are read as they were written. */
final class AgainTest {
  @Test
  void aVerificationIsReadAsItWasWritten() {
    for (Optional<String> cluster : List.of(Optional.of("blue"), Optional.<String>empty())) {
      Again verify = new Again.Verify(cluster, new Ledger.Key("delete-pod", "uid-1"), "a1");

      assertEquals(verify, Again.read(verify.toJson()));
      assertTrue(Again.isIn(verify.toJson()));
    }
  }

  @Test
  void aDecisionIsReadAsItWasWritten() {
    ScoredAlert scored = TestAlerts.scored(TestAlerts.reverseShell("a1"), 85);
    Again.Decide decide = new Again.Decide(scored, List.of("shell/delete-pod"), 3);

    assertEquals(decide, Again.read(decide.toJson()));
    assertEquals(Optional.ofNullable(scored.alert().target().cluster()), decide.cluster());
  }

  @Test
  void anAlertIsNoSuchMessageAndADamagedMessageIsNamed() {
    assertFalse(Again.isIn(AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85))));
    ObjectNode damaged = JsonNodeFactory.instance.objectNode();
    damaged.putObject(Again.FIELD).put("action", "delete-pod");

    ContractViolation e = assertThrows(ContractViolation.class, () -> Again.read(damaged));
    assertEquals("again.uid: expected a string", e.getMessage());
  }
}
