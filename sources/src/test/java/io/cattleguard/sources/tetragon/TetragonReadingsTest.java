package io.cattleguard.sources.tetragon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compares every field of every available Tetragon event with tables of expected readings. */
final class TetragonReadingsTest {
  private final AlertReader reader = new AlertReader();

  private static List<String> samples(String file) {
    return ContractFiles.text("samples", "tetragon/" + file).lines().toList();
  }

  private Alert alert(String event) {
    Reading reading = reader.read(event, new Origin("blue", Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, event).alert();
  }

  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("tetragon-samples.txt", "tetragon");
  }

  @Test
  void everyRecordedTetragonEventReadsAsTheTableSays() {
    ExpectedReadings.assertCorpora("tetragon-corpora.txt", "tetragon");
  }

  @Test
  void aWrongTypeCostsItsFieldWithANoteAndNeverTheAlert() {
    for (String event : samples("wrong-types.jsonl")) {
      Alert alert = alert(event);
      assertTrue(!alert.notes().isEmpty(), event);
      assertTrue(alert.rule() != null, event);
    }
  }

  @Test
  void theClusterIsTheSendersAndNeverThePayloads() {
    for (String event : samples("shapes.jsonl")) {
      assertEquals("blue", alert(event).target().cluster());
    }
  }

  @Test
  void rawIsTheTextAsItArrived() {
    for (String event : samples("alerts.jsonl")) {
      assertEquals(event, alert(event).raw());
    }
  }

  @Test
  void theSameDeedOfTheNextProcessIsTheSameProblem() {
    String event = samples("alerts.jsonl").getFirst();
    String next =
        event
            .replace("1701", "2718")
            .replace("bm9kZS1h", "bm9kZS1i")
            .replace("09:15:00", "09:16:07")
            .replace("x2x4k", "9vqzm")
            .replace("3f1c2ab97d10", "77aa2ab97d10");
    assertNotEquals(alert(event).id(), alert(next).id());
    assertEquals(Fingerprint.of(alert(event)), Fingerprint.of(alert(next)));
  }

  @Test
  void anotherPolicyIsAnotherProblem() {
    String event = samples("alerts.jsonl").getFirst();
    assertNotEquals(
        Fingerprint.of(alert(event)),
        Fingerprint.of(alert(event.replace("file-monitoring", "file-sabotage"))));
  }

  @Test
  void aHookIsAnAlertEvenWhereOtherEventsStandBesideIt() {
    String two =
        "{\"process_exit\":{\"process\":{}},\"process_lsm\":{},\"process_exec\":{\"process\":{}}}";
    assertEquals("process_lsm", alert(two).rule());
  }
}
