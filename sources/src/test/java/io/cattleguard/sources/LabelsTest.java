package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.sources.parsing.Labels;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The labels of a pod, in each form in which a source reports them. */
final class LabelsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> notes = new ArrayList<>();

  private List<String> read(String json) throws IOException {
    return Labels.read(JSON.readTree(json), "labels", notes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"team\": \"payments\", \"app\": \"web\"} | app=web team=payments",
        "[\"k8s:team=payments\", \"app:web\"] | app=web k8s:team=payments",
        "\"team:payments, app:web\" | app=web team=payments",
        "\"team=payments,app=web\" | app=web team=payments",
        "{\"empty\": \"\"} | empty=",
        "\"<NA>\" | ~~",
        "null | ~~",
      })
  void everyFormIsReadAsSortedPairs(String json, String expected) throws IOException {
    assertEquals(expected, String.join(" ", read(json)));
    assertEquals(List.of(), notes);
  }

  @Test
  void whatIsNoLabelIsLeftOutWithANote() throws IOException {
    String many =
        IntStream.range(0, 70)
            .mapToObj(i -> "k%02d=v".formatted(i))
            .collect(Collectors.joining(","));

    assertEquals(64, read("\"" + many + "\"").size());
    assertEquals(List.of(), read("\"" + "x".repeat(400) + "=y,noise\""));
    assertEquals(List.of(), read("7"));
    assertEquals(3, notes.size(), notes.toString());
    assertTrue(notes.getFirst().startsWith("labels: 6 left out"), notes.toString());
  }

  @Test
  void everySensorReportsThem() throws IOException {
    Alert falco = new FalcoEvent("Any rule", "Notice").field("k8s.pod.labels", "app:web").read();
    assertEquals(List.of("app=web"), falco.target().labels());
    assertEquals(
        List.of("app=web"),
        AlertJson.readAlert(AlertJson.write(falco)).target().labels(),
        "they travel");
    assertEquals(List.of("app=web"), tetragon("\"pod_labels\": {\"app\": \"web\"}"));
    assertEquals(List.of("app=web"), tetragon("\"labels\": [\"app=web\"]"));
  }

  private static List<String> tetragon(String labels) {
    Reading reading =
        new AlertReader()
            .read(
                """
                {"process_kprobe": {"process": {"binary": "/bin/cat", "pod": {"namespace": "shop",
                 "name": "web-1", %s}}, "policy_name": "shadow", "function_name": "security_file_permission"},
                 "node_name": "node-a", "time": "2026-03-02T09:15:00Z"}
                """
                    .formatted(labels),
                new Origin(null, Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, reading.toString())
        .alert()
        .target()
        .labels();
  }
}
