package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that a written alert is read back unchanged, and that a violation of the contract names the
 * field.
 */
final class AlertJsonTest {
  static Stream<Alert> alerts() {
    return Stream.of(
            Intrusion.shellInContainer(),
            Intrusion.reverseShell(),
            Intrusion.tokenRead(),
            Intrusion.droppedExecutable(),
            Intrusion.miner(),
            Intrusion.containerEscape(),
            Intrusion.shellOnHost(),
            Intrusion.execThroughTheApi(),
            Intrusion.droppedSystemCalls())
        .map(FalcoEvent::read);
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void anAlertIsReadAsItWasWritten(Alert alert) {
    assertEquals(alert, AlertJson.readAlert(AlertJson.write(alert)));
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void aDecisionIsReadAsItWasWrittenOneHopFurtherOn(ResponseOutcome outcome) {
    ScoredAlert scored = TestAlerts.scored(Intrusion.miner().read(), 90);
    ResponseDecided read = ResponseDecided.read(TestAlerts.decided(scored, outcome).write());
    assertEquals(2, read.scored().accepted().hops());
    assertEquals(outcome, read.outcome());
    assertEquals(scored.alert(), read.scored().alert());
    assertEquals(scored.reasons(), read.scored().reasons());
  }

  @Test
  void everyDetailSaysItsSchemaIdClusterTimeAndHops() {
    ScoredAlert scored = TestAlerts.scored(Intrusion.miner().read(), 90);
    for (ObjectNode detail :
        List.of(
            AlertJson.write(scored.accepted()),
            AlertJson.write(scored),
            TestAlerts.decided(scored, ResponseOutcome.TAKEN).write())) {
      assertEquals("cattleguard/v1", detail.path("schema").asText());
      assertFalse(detail.path("id").asText().isEmpty());
      assertEquals("blue", detail.path("cluster").asText());
      assertEquals("2026-03-02T09:15:00Z", detail.path("observedAt").asText());
      assertEquals(1, detail.path("hops").asInt());
    }
  }

  @Test
  void rawStaysATextOnTheWire() {
    FalcoEvent event = Intrusion.miner().field("proc.exe_ino.ctime", Long.MAX_VALUE);
    ObjectNode written = AlertJson.write(event.read());
    assertTrue(written.path("raw").isTextual());
    assertEquals(event.toString(), written.path("raw").asText());
  }

  @Test
  void policiesSeeAllOfAnAlertButItsRawText() {
    Alert alert = Intrusion.miner().read().withNote("x");
    assertEquals("x", AlertJson.matchable(alert).path("alert").path("notes").path(0).asText());
    assertFalse(AlertJson.matchable(alert).path("alert").has("raw"));
  }

  @Test
  void whatBreaksTheContractIsRefusedByName() {
    assertRefused("id", detail -> alert(detail).remove("id"));
    assertRefused("class", detail -> alert(detail).put("class", "gossip"));
    assertRefused("severity", detail -> alert(detail).put("severity", "urgent"));
    assertRefused("count", detail -> alert(detail).put("count", "many"));
    assertRefused("rule", detail -> alert(detail).put("rule", 7));
    assertRefused("observedAt", detail -> alert(detail).put("observedAt", "today"));
    assertRefused("tactics", detail -> alert(detail).putArray("tactics").add(7));
    assertRefused("score", detail -> detail.put("score", 91));
    assertRefused("firstAt", detail -> detail.remove("firstAt"));
    assertRefused("acceptance", detail -> detail.put("acceptance", "maybe"));
  }

  private static ObjectNode alert(ObjectNode detail) {
    return (ObjectNode) detail.get("alert");
  }

  private static void assertRefused(String name, Consumer<ObjectNode> damage) {
    ObjectNode detail = AlertJson.write(TestAlerts.scored(Intrusion.miner().read(), 90));
    damage.accept(detail);
    ContractViolation violation =
        assertThrows(ContractViolation.class, () -> AlertJson.readScored(detail), name);
    String message = violation.getMessage();
    assertTrue(message != null && message.startsWith(name + ":"), message);
  }

  @Test
  void aPackedEntryThatBreaksTheContractIsRefused() {
    ObjectNode good =
        ContractFiles.json("samples", "v1/runtime-alerts.json").path("detail").deepCopy();
    assertEquals(2, RuntimeAlerts.read(good).alerts().size());
    ObjectNode first = (ObjectNode) good.path("alerts").get(0);
    first.put("count", 0);
    assertThrows(ContractViolation.class, () -> RuntimeAlerts.read(good));
    first.put("count", 1).put("firstAt", "today");
    assertThrows(ContractViolation.class, () -> RuntimeAlerts.read(good));
    good.put("alerts", "none");
    assertThrows(ContractViolation.class, () -> RuntimeAlerts.read(good));
  }
}
