package io.cattleguard.sensor.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Detection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class IntakeTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(5);
  private static final String EVENT =
      new FalcoEvent("Terminal shell in container", "Notice").toString();
  private static final String OTHER =
      new FalcoEvent("Write below etc", "Error").field("fd.name", "/etc/passwd").toString();

  private final Intake server = Intake.ofServer("blue");

  private static String entry(Instant sentAt) {
    return RuntimeAlerts.sentAt(
        new RuntimeAlerts(
                "id",
                "blue",
                TestAlerts.AT,
                0,
                List.of(
                    new RuntimeAlerts.Sensed(EVENT, 12, TestAlerts.AT, TestAlerts.AT),
                    new RuntimeAlerts.Sensed(OTHER, 1, TestAlerts.AT, TestAlerts.AT)))
            .write()
            .toString(),
        sentAt);
  }

  private static List<Stamp.Stamped> stamped(Intake.Reception reception) {
    return reception.observations().stream().map(one -> Stamp.read(one.text())).toList();
  }

  @Test
  void aServerUnpacksASensorsEntryWithCountNodeAndClock() {
    Intake.Reception reception =
        server.receive(entry(NOW.plusSeconds(120)), NOW, Sender.onNode("node-b"));

    Duration fast = Duration.ofMinutes(-2);
    assertEquals(
        List.of(
            new Stamp.Stamped(new Stamp(Optional.of("node-b"), fast, 12), EVENT),
            new Stamp.Stamped(new Stamp(Optional.of("node-b"), fast, 1), OTHER)),
        stamped(reception));
    assertTrue(reception.packed());
    assertEquals(0, reception.unreadable());
  }

  @Test
  void aServerStampsSingleEventsWithTheSendersNodeToo() {
    Intake.Reception reception =
        server.receive("[" + EVENT + "," + OTHER + "]", NOW, Sender.onNode("node-b"));

    assertEquals(
        List.of(Optional.of("node-b"), Optional.of("node-b")),
        stamped(reception).stream().map(one -> one.stamp().node()).toList());
    assertFalse(reception.packed());
  }

  @Test
  void eventsOfDifferentNodesAndThoseThatStandForSeveralAreNotFolded() {
    String one = key(server.receive(EVENT, NOW, Sender.onNode("node-b")));

    assertEquals(one, key(server.receive(EVENT, NOW, Sender.onNode("node-b"))));
    assertNotEquals(one, key(server.receive(EVENT, NOW, Sender.onNode("node-c"))));
    assertNotEquals(one, key(server.receive(entry(NOW), NOW, Sender.onNode("node-b"))));
  }

  private static String key(Intake.Reception reception) {
    return reception.observations().getFirst().foldKey();
  }

  @Test
  void aBrokenEntryIsAnUnreadableEvent() {
    String broken = entry(NOW).replace("\"count\":12", "\"count\":0");

    Intake.Reception reception = server.receive(broken, NOW, Sender.UNPROVED);

    assertEquals(1, reception.unreadable());
    assertEquals(List.of(new Stamp.Stamped(Stamp.NONE, broken)), stamped(reception));
  }

  private static String report() {
    return new WorkloadObserved("id", "blue", NOW, 0, "node-b", List.of(), Optional.of(NOW))
        .write()
        .toString();
  }

  @Test
  void aSensorsReportIsStampedAsOne() {
    for (Sender sender : List.of(Sender.onNode("node-b"), Sender.OF_THIS_MACHINE)) {
      Intake.Reception reception = server.receive(report(), NOW, sender);

      assertEquals(
          List.of(new Stamp.Stamped(new Stamp(sender.node(), Duration.ZERO, 1, true), report())),
          stamped(reception));
      assertEquals(0, reception.unreadable());
    }
  }

  @Test
  void aReportOfAnUnprovedSenderIsAnUnreadableEvent() {
    Intake.Reception reception = server.receive(report(), NOW, Sender.UNPROVED);

    assertEquals(1, reception.unreadable());
    assertFalse(stamped(reception).getFirst().stamp().report());
  }

  /** A client that posts to a sensor, such as Falco, does not send reports of behaviour. */
  @Test
  void aReportAmongTheEventsThatASensorPassesOnIsNone() {
    String passedOn = new Intake("blue").receive(report(), NOW).observations().getFirst().text();
    String packed =
        new RuntimeAlerts(
                "id",
                "blue",
                TestAlerts.AT,
                0,
                List.of(new RuntimeAlerts.Sensed(passedOn, 1, TestAlerts.AT, TestAlerts.AT)))
            .write()
            .toString();
    for (String text : List.of(packed, "[" + report() + "]", report() + "\n" + EVENT)) {
      Intake.Reception reception = server.receive(text, NOW, Sender.onNode("node-b"));

      assertTrue(stamped(reception).stream().noneMatch(one -> one.stamp().report()), text);
    }
  }

  @Test
  void aSensorStoresEveryTextUntouchedAndUnpacksNothing() {
    Intake sensor = new Intake("blue");
    for (String text : List.of(EVENT, entry(NOW))) {
      assertEquals(
          List.of(text),
          sensor.receive(text, NOW).observations().stream().map(Observation::text).toList());
    }
  }

  @Test
  void theEventsOfAnEnvelopeAreStoredWithoutIt() {
    ObjectMapper json = new ObjectMapper();
    ObjectNode batch = json.createObjectNode();
    for (String event : List.of(EVENT, OTHER)) {
      batch.withArray("Records").addObject().put("eventSource", "aws:sqs").put("body", event);
    }

    Intake.Reception reception = new Intake("blue").receive(batch.toString(), NOW);

    assertEquals(
        List.of(EVENT, OTHER), reception.observations().stream().map(Observation::text).toList());
    assertEquals(0, reception.unreadable());
  }

  @Test
  void aLineThatARuntimeSplitIsOneEvent() {
    String time = "2026-03-02T09:15:00.5Z stdout ";
    int half = EVENT.length() / 2;
    String lines =
        time + "P " + EVENT.substring(0, half) + "\n" + time + "F " + EVENT.substring(half) + "\n";

    Intake.Reception reception = new Intake("blue").receive(lines, NOW);

    assertEquals(List.of(EVENT), reception.observations().stream().map(Observation::text).toList());
  }

  @Test
  void aRawEventIsIgnoredUnlessADetectionNamesIt() {
    String exec = "{\"kind\":\"Event\",\"verb\":\"get\",\"objectRef\":{\"resource\":\"pods\"}}";
    Detection detection = new Detection("x", "t", Severity.HIGH, List.of(), List.of(), List.of());

    assertEquals(1, new Intake("blue").receive(exec, NOW).ignored());
    assertEquals(
        List.of(Severity.HIGH),
        Intake.ofServer("blue", () -> new AlertReader((source, event) -> Optional.of(detection)))
            .receive(exec, NOW)
            .observations()
            .stream()
            .map(Observation::severity)
            .toList());
  }
}
