package io.cattleguard.sources.falco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Corpora;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Compares every field of every available Falco event with tables of expected readings. */
final class FalcoReadingsTest {
  private static final Origin NOBODY = new Origin(null, Instant.EPOCH);
  private final AlertReader reader = new AlertReader();

  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("samples.txt", "falco");
  }

  @Test
  void everyRecordedFalcoEventReadsAsTheTableSays() {
    ExpectedReadings.assertCorpora("corpora.txt", "falco", "nasty");
  }

  @Test
  void everyRecordedEventOfAnotherSourceIsNamedOrRead() {
    List<String> nameless = new ArrayList<>();
    for (Path file :
        Corpora.files("guardduty", "securityhub", "k8s_audit", "ocsf", "other_runtime")) {
      List<RecordedEvent> events = RecordedEvents.split(Corpora.read(file));
      assertEquals(1, events.size(), "events in " + file);
      if (reader.readAll(events.get(0).text(), NOBODY).getFirst().reading()
              instanceof Reading.Unreadable unreadable
          && !unreadable.reason().endsWith(" not supported yet")) {
        nameless.add(file + ": " + unreadable.reason());
      }
    }
    assertEquals(List.of(), nameless);
  }

  @Test
  void aWorkloadIsNeverTakenFromAPodsName() {
    Alert alert =
        new FalcoEvent("x", "Notice").field("k8s.pod.name", "web-7c8d9f5b6d-x2x4k").read();
    assertEquals(null, alert.target().workload());
  }

  @Test
  void theClusterIsTheSendersAndNeverThePayloads() {
    FalcoEvent event = new FalcoEvent("x", "Notice").field("k8s.cluster.name", "another");
    assertEquals("blue", event.read().target().cluster());
  }

  @Test
  void notesNameTheKeyTheyAreAbout() {
    Map<String, Map<String, String>> table = ExpectedReadings.of("samples.txt").byEvent();
    Set<String> known =
        Set.of("time", "priority", "rule", "tags", "source", "hostname", "output_fields");
    table.values().stream()
        .filter(fields -> fields.containsKey("notes"))
        .map(fields -> fields.getOrDefault("notes", ""))
        .filter(note -> !note.startsWith("not strictly JSON"))
        .forEach(
            note -> {
              String key = note.substring(0, note.indexOf(':'));
              assertTrue(key.contains(".") || known.contains(key), note);
            });
  }
}
