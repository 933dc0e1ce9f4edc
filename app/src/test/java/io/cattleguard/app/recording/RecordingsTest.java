package io.cattleguard.app.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.Corpora;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.recording.RecordedEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads files as they occur in practice: compressed, with prefixes, in envelopes. */
final class RecordingsTest {
  private static final String EVENT =
      new FalcoEvent("Terminal shell in container", "Notice").toString();

  @TempDir private Path folder;

  private static List<String> read(String file, InputStream standardInput) {
    List<String> texts = new ArrayList<>();
    Recordings.read(List.of(file), standardInput, (name, event) -> texts.add(event.text()));
    return texts;
  }

  private Path gzip(String... members) throws IOException {
    Path file = folder.resolve("events.json.gz");
    for (String member : members) {
      Files.write(
          file, ReadTexts.gzip(member), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    return file;
  }

  @Test
  void aGzipFileIsReadWithAllItsMembers() throws IOException {
    Path file = gzip(EVENT + "\n", EVENT + "\n");
    assertEquals(List.of(EVENT, EVENT), read(file.toString(), InputStream.nullInputStream()));
    assertEquals(
        List.of(EVENT, EVENT), read("-", new ByteArrayInputStream(Files.readAllBytes(file))));
  }

  @Test
  void gzipInGzipIsRead() {
    byte[] bytes = EVENT.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3; i++) {
      bytes = ReadTexts.gzip(bytes);
      assertEquals(List.of(EVENT), read("-", new ByteArrayInputStream(bytes)));
    }
  }

  @Test
  void anEmptyInputHasNoEvents() {
    assertEquals(List.of(), read("-", InputStream.nullInputStream()));
  }

  @Test
  void linesEndInEveryWayAndALongOneIsCut() {
    List<String> lines = new ArrayList<>();
    new BoundedLines(new StringReader("a\n\r\nbc\rdefgh\n\ni"), 3).forEachRemaining(lines::add);
    assertEquals(List.of("a", "", "bc", "defg", "", "i"), lines);
    List<String> none = new ArrayList<>();
    new BoundedLines(new StringReader(""), 3).forEachRemaining(none::add);
    assertEquals(List.of(), none);
  }

  @Test
  void aLineThatTheRuntimeSplitIsOneEventOnItsFirstLine() {
    String at = "2026-03-02T09:15:00.5Z stdout ";
    String log = "x\n" + at + "P {\"a\":\n" + at + "F 1}\n";
    List<RecordedEvent> events = new ArrayList<>();
    Recordings.read(
        List.of("-"),
        new ByteArrayInputStream(log.getBytes(StandardCharsets.UTF_8)),
        (name, event) -> events.add(event));
    assertEquals(
        List.of(new RecordedEvent(1, "x"), new RecordedEvent(2, at + "P {\"a\":1}")), events);
  }

  @Test
  void replayAndExplainOpenEnvelopes() throws IOException {
    Path file = folder.resolve("hits.json");
    Files.writeString(
        file, "{\"hits\":{\"hits\":[{\"_source\":" + EVENT + "},{\"_source\":{\"x\":1}}]}}");
    assertEquals(2, new Shell().run("explain", "--json", file.toString()).jsonLines().size());
    assertEquals(
        2, new Shell().run("replay", "--json", file.toString()).json().path("received").asInt());
  }

  /** Reads the recorded events outside the repository; skipped without them. */
  @Test
  void aFieldCaseIsRead() {
    Map<String, String> expected = new TreeMap<>();
    expected.putAll(
        Map.ofEntries(
            Map.entry("24-wrapped-cwlogs.json", "alert"),
            Map.entry("24-wrapped-sns.json", "alert"),
            Map.entry("24-wrapped-sqs-lambda.json", "alert"),
            Map.entry("25-getfindings.json", "alert"),
            Map.entry("25-pascal-in-envelope.json", "alert"),
            Map.entry("29-guardduty-s3-export.jsonl.gz", "alert" + " alert".repeat(15)),
            Map.entry("30-fluentbit-log-cri-prefix.json", "alert"),
            Map.entry("30-fluentbit-log-parsed.json", "alert"),
            Map.entry("30-merge-log-flat.json", "alert"),
            Map.entry("31-cri-node-log.log", "alert unreadable"),
            Map.entry("31-cwlogs-filter-log-events.json", "alert"),
            Map.entry(
                "31-kubectl-logs.log",
                "alert unreadable unreadable unreadable unreadable unreadable"),
            Map.entry("31-stern-prefix.log", "alert alert"),
            Map.entry("32-cri-partial.log", "alert"),
            Map.entry("33-elastic-ecs.json", "alert"),
            Map.entry("33-elastic-hit.json", "alert"),
            Map.entry("33-loki.json", "alert"),
            Map.entry("33-splunk-hec.json", "alert"),
            Map.entry("34-cloudevents.json", "alert"),
            Map.entry("34-slack-sidekick-eventbridge.json", "alert"),
            Map.entry("35-audit-aks.json", "alert"),
            Map.entry("35-audit-eks-event.json", "alert"),
            Map.entry("35-audit-kubeaudit-rest.json", "unreadable"),
            Map.entry("36-securityhub-get-findings.json", "alert")));
    Path field = Corpora.folder().resolve("field");
    List<String> arguments = new ArrayList<>(List.of("explain", "--json"));
    expected.keySet().forEach(file -> arguments.add(field.resolve(file).toString()));
    Map<String, List<String>> said = new TreeMap<>();
    for (JsonNode one : new Shell().run(arguments.toArray(String[]::new)).jsonLines()) {
      String word = one.has("alert") ? "alert" : one.has("ignored") ? "ignored" : "unreadable";
      String file = Path.of(one.path("file").asText()).getFileName().toString();
      said.computeIfAbsent(file, key -> new ArrayList<>()).add(word);
    }
    Map<String, String> actual = new TreeMap<>();
    said.forEach(
        (file, words) -> actual.put(file, String.join(" ", words.stream().sorted().toList())));
    assertEquals(expected, actual);
  }
}
