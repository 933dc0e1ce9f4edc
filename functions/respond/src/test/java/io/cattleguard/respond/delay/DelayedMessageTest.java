package io.cattleguard.respond.delay;

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

/** Tests that a responder reads its messages to itself as it wrote them. */
final class DelayedMessageTest {
  @Test
  void aVerificationIsReadAsItWasWritten() {
    for (Optional<String> cluster : List.of(Optional.of("blue"), Optional.<String>empty())) {
      DelayedMessage verify =
          new DelayedMessage.Verify(cluster, new Ledger.Key("delete-pod", "uid-1"), "a1");

      assertEquals(verify, DelayedMessage.read(verify.toJson()));
      assertTrue(DelayedMessage.isIn(verify.toJson()));
    }
  }

  @Test
  void aDecisionIsReadAsItWasWritten() {
    ScoredAlert scored = TestAlerts.scored(TestAlerts.reverseShell("a1"), 85);
    DelayedMessage.Decide decide =
        new DelayedMessage.Decide(scored, List.of("shell/delete-pod"), 3);

    assertEquals(decide, DelayedMessage.read(decide.toJson()));
    assertEquals(Optional.ofNullable(scored.alert().target().cluster()), decide.cluster());
  }

  @Test
  void anAlertIsNoSuchMessageAndADamagedMessageIsNamed() {
    assertFalse(
        DelayedMessage.isIn(AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85))));
    ObjectNode damaged = JsonNodeFactory.instance.objectNode();
    damaged.putObject(DelayedMessage.FIELD).put("action", "delete-pod");

    ContractViolation e = assertThrows(ContractViolation.class, () -> DelayedMessage.read(damaged));
    assertEquals("again.uid: expected a string", e.getMessage());
  }
}
