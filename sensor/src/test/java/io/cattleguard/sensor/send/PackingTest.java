package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PackingTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final int LIMIT = 20_000;

  private final Packing packing = new Packing("blue", LIMIT);

  private static Round.Folded alert(String text) {
    return new Round.Folded(
        Severity.HIGH, Fingerprint.hash(text), text, 3, AT, AT.plusMillis(900), AT);
  }

  private static RuntimeAlerts read(Entry entry) throws Exception {
    return RuntimeAlerts.read(JSON.readTree(entry.detail()));
  }

  @Test
  void everyAlertIsInExactlyOneEntryInItsOrderAndNoEntryIsTooLarge() throws Exception {
    List<Round.Folded> alerts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      alerts.add(alert("alert " + i + " \"\\\n\u0001é✓😀 " + "x".repeat(i * 7 % 900)));
    }
    List<String> packed = new ArrayList<>();
    for (Entry entry : packing.pack(alerts, AT)) {
      assertTrue(entry.detail().getBytes(StandardCharsets.UTF_8).length <= LIMIT);
      read(entry).alerts().forEach(sensed -> packed.add(sensed.event()));
    }
    assertEquals(alerts.stream().map(Round.Folded::text).toList(), packed);
  }

  @Test
  void countAndTimesTravelAlong() throws Exception {
    RuntimeAlerts detail = read(packing.pack(List.of(alert("one")), AT).get(0));
    assertEquals(
        List.of(new RuntimeAlerts.Sensed("one", 3, AT, AT.plusMillis(900))), detail.alerts());
    assertEquals("blue", detail.cluster());
  }

  @Test
  void whatIsSentAgainHasTheSameIdAndWhatIsNotHasAnother() throws Exception {
    String id = read(packing.pack(List.of(alert("one")), AT).get(0)).id();
    assertEquals(id, read(packing.pack(List.of(alert("one")), AT.plusSeconds(9)).get(0)).id());
    assertNotEquals(id, read(packing.pack(List.of(alert("two")), AT).get(0)).id());
  }

  @Test
  void whatIsTooLargeForAnyEntryLosesTheEndsOfItsLongestTextsAndStaysTheAlertItIs()
      throws Exception {
    String event =
        new FalcoEvent("Terminal shell in container", "Critical", "mitre_execution")
            .field("k8s.ns.name", "shop")
            .field("k8s.pod.name", "web-1")
            .field("proc.cmdline", "sh -c " + "\"\\".repeat(40_000))
            .toString();
    Entry entry = packing.pack(List.of(alert(event)), AT).get(0);
    assertTrue(entry.detail().getBytes(StandardCharsets.UTF_8).length <= LIMIT);
    String shorter = read(entry).alerts().get(0).event();
    Reading reading = new AlertReader().read(shorter, new Origin("blue", AT));
    Alert alert = ((Reading.Read) reading).alert();
    assertEquals("Terminal shell in container", alert.rule());
    assertEquals("web-1", alert.target().pod());
    assertTrue(shorter.contains("more characters)"));
  }

  @Test
  void whatIsTooLargeAndNoJsonIsCut() throws Exception {
    Entry entry = packing.pack(List.of(alert("\u0001garbage".repeat(10_000))), AT).get(0);
    assertTrue(entry.detail().getBytes(StandardCharsets.UTF_8).length <= LIMIT);
    assertTrue(read(entry).alerts().get(0).event().startsWith("\u0001garbage"));
  }

  @Test
  void aJsonBombOfShortFieldsIsCutToo() throws Exception {
    StringBuilder event = new StringBuilder("{");
    for (int i = 0; i < 5_000; i++) {
      event.append(i == 0 ? "" : ",").append("\"key").append(i).append("\":\"value\"");
    }
    Entry entry = packing.pack(List.of(alert(event.append('}').toString())), AT).get(0);
    assertTrue(entry.detail().getBytes(StandardCharsets.UTF_8).length <= LIMIT);
  }
}
