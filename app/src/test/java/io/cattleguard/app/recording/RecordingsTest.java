package io.cattleguard.app.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as people have them: compressed, with prefixes, in envelopes. */
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
      try (GZIPOutputStream out =
          new GZIPOutputStream(
              Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
        out.write(member.getBytes(StandardCharsets.UTF_8));
      }
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

  /** What the recorded events beside the checkout come to; skipped without them. */
  @ParameterizedTest
  @CsvSource({
    "24-wrapped-cwlogs.json, 1, 0, 0",
    "24-wrapped-sns.json, 1, 0, 0",
    "24-wrapped-sqs-lambda.json, 1, 0, 0",
    "25-getfindings.json, 1, 0, 0",
    "25-pascal-in-envelope.json, 1, 0, 0",
    "29-guardduty-s3-export.jsonl.gz, 16, 0, 0",
    "30-fluentbit-log-cri-prefix.json, 1, 0, 0",
    "30-fluentbit-log-parsed.json, 1, 0, 0",
    "30-merge-log-flat.json, 1, 0, 0",
    "31-cri-node-log.log, 1, 0, 1",
    "31-cwlogs-filter-log-events.json, 1, 0, 0",
    "31-kubectl-logs.log, 1, 0, 5",
    "31-stern-prefix.log, 2, 0, 0",
    "32-cri-partial.log, 1, 0, 0",
    "33-elastic-ecs.json, 1, 0, 0",
    "33-elastic-hit.json, 1, 0, 0",
    "33-loki.json, 1, 0, 0",
    "33-splunk-hec.json, 1, 0, 0",
    "34-cloudevents.json, 1, 0, 0",
    "34-slack-sidekick-eventbridge.json, 1, 0, 0",
    "35-audit-aks.json, 1, 0, 0",
    "35-audit-eks-event.json, 1, 0, 0",
    "35-audit-kubeaudit-rest.json, 0, 0, 1",
    "36-securityhub-get-findings.json, 1, 0, 0",
  })
  void aFieldCaseIsRead(String file, int alerts, int ignored, int unreadable) {
    Path path = Corpora.folder().resolve("field").resolve(file);
    List<String> said =
        new Shell()
            .run("explain", "--json", path.toString()).jsonLines().stream()
                .map(
                    one ->
                        one.has("alert") ? "alert" : one.has("ignored") ? "ignored" : "unreadable")
                .sorted()
                .toList();
    List<String> expected = new ArrayList<>();
    expected.addAll(Collections.nCopies(alerts, "alert"));
    expected.addAll(Collections.nCopies(ignored, "ignored"));
    expected.addAll(Collections.nCopies(unreadable, "unreadable"));
    assertEquals(expected, said);
  }
}
