package io.cattleguard.deduplicate.detections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceMappingTest {
  private static final Origin ORIGIN = new Origin("blue", Instant.parse("2026-03-02T09:15:00Z"));

  private static final String ACME =
      """
      name: acme
      class: runtime
      when:
        product: [acme]
      ignore:
        kind: [heartbeat]
      severity:
        path: level
        words: { Grave: critical, "7": low }
        least: { low: 1, medium: 5, high: 8 }
      fields:
        rule: check.name
        title: check.text
        time: at
        attack: check.attack
        namespace: /labels/k8s.io~1ns
        pod: labels.pod
        process: procs.0.name
        port: peer.port
        peer: peer.ip
        account: account
      time-unit: milliseconds
      """;

  private static final String EVENT =
      """
      {"product":"acme","level":"GRAVE","account":123456789012,"at":1772442900123,
       "check":{"name":"Odd shell","text":"a shell nobody asked for","attack":["T1059","TA0002"]},
       "labels":{"k8s.io/ns":"shop","pod":"web-1"},"procs":[{"name":"sh"}],
       "peer":{"ip":"203.0.113.9","port":"4444"}}
      """;

  @TempDir private Path policy;

  private AlertReader reader(String... files) throws IOException {
    return new AlertReader(rules(files));
  }

  private DetectionRules rules(String... files) throws IOException {
    Files.createDirectories(policy.resolve(DetectionRules.SOURCES));
    for (int i = 0; i < files.length; i++) {
      Files.writeString(policy.resolve(DetectionRules.SOURCES + "/" + i + ".yaml"), files[i]);
    }
    return DetectionRules.read(new PolicyFiles(policy));
  }

  private Alert alert(String event) throws IOException {
    return assertInstanceOf(Reading.Read.class, reader(ACME).read(event, ORIGIN)).alert();
  }

  @Test
  void everyMappedFieldIsRead() throws IOException {
    Alert alert = alert(EVENT);
    assertEquals("acme", alert.source());
    assertEquals(AlertClass.RUNTIME, alert.alertClass());
    assertEquals("Odd shell", alert.rule());
    assertEquals("a shell nobody asked for", alert.title());
    assertEquals(Severity.CRITICAL, alert.severity());
    assertEquals(List.of("TA0002"), alert.tactics());
    assertTrue(alert.techniques().contains("T1059"), alert.techniques()::toString);
    assertEquals("shop", alert.target().namespace());
    assertEquals("web-1", alert.target().pod());
    assertEquals("123456789012", alert.target().account());
    assertEquals("blue", alert.target().cluster());
    assertEquals("sh", alert.process().name());
    assertEquals("203.0.113.9", alert.network().peer());
    assertEquals(4444, alert.network().port());
    assertEquals(Instant.parse("2026-03-02T09:15:00.123Z"), alert.observedAt());
    assertEquals(List.of(), alert.notes());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          '"grave"', CRITICAL
          '"High"',  HIGH
          7,         LOW
          '"7"',     LOW
          6,         MEDIUM
          5,         MEDIUM
          4,         LOW
          800,       HIGH
          0,
          '"odd"',
          null,
          [5],
          """)
  void severitiesAreWordsNumbersOrUnknown(String level, @Nullable Severity expected)
      throws IOException {
    assertEquals(expected, alert(EVENT.replace("\"GRAVE\"", level)).severity());
  }

  @Test
  void aValueOfTheWrongTypeCostsItsFieldAndNeverTheAlert() throws IOException {
    Alert alert =
        alert(
            EVENT
                .replace("\"web-1\"", "{\"a\":1}")
                .replace("1772442900123", "\"yesterday\"")
                .replace("\"4444\"", "70000"));
    assertEquals(null, alert.target().pod());
    assertEquals("shop", alert.target().namespace());
    assertEquals(3, alert.notes().size(), alert.notes()::toString);
    assertTrue(alert.notes().getFirst().startsWith("labels.pod: "), alert.notes()::toString);
  }

  @Test
  void textIsBoundedAndMadeVisible() throws IOException {
    Alert alert = alert(EVENT.replace("Odd shell", "a\\n\\u202e" + "x".repeat(10_000)));
    assertTrue(String.valueOf(alert.rule()).startsWith("a\\n\\u202e"), alert.rule());
    assertTrue(String.valueOf(alert.rule()).length() < 2_100);
  }

  @Test
  void whatTheMappingIgnoresIsIgnoredAndOtherEventsStayUnknown() throws IOException {
    AlertReader reader = reader(ACME);
    String heartbeat = "{\"product\":\"acme\",\"kind\":\"heartbeat\"}";
    assertInstanceOf(Reading.Ignored.class, reader.read(heartbeat, ORIGIN));
    assertInstanceOf(Reading.Unreadable.class, reader.read("{\"product\":\"other\"}", ORIGIN));
  }

  /**
   * A mapping that matches every event with these keys receives only the events that no other
   * source reads.
   */
  @Test
  void aMappingTakesNoEventOfABuiltInSourceAndNoEnvelope() throws IOException {
    String greedy =
        ACME.replace(
            "product: [acme]",
            "$or: [{ source: [{ exists: true }] }, { rule: [{ exists: true }] }, { Records: {"
                + " messageId: [{ exists: true }] } }, { node_name: [{ exists: true }] }, { kind:"
                + " [{ exists: true }] }, { Message: [{ exists: true }] }]");
    AlertReader mapped = reader(greedy);
    AlertReader plain = new AlertReader();
    int read = 0;
    for (String name : ContractFiles.names("samples")) {
      if (name.startsWith("v1/") || !name.endsWith(".jsonl")) {
        continue;
      }
      for (String event : ContractFiles.text("samples", name).lines().toList()) {
        List<ReadEvent> expected = plain.readAll(event, ORIGIN);
        if (expected.stream().noneMatch(one -> one.reading() instanceof Reading.Unreadable)) {
          assertEquals(expected, mapped.readAll(event, ORIGIN), event);
          read++;
        }
      }
    }
    assertTrue(read > 100, "only " + read);
    assertInstanceOf(
        Reading.Ignored.class, mapped.read("{\"source\":\"x\",\"kind\":\"heartbeat\"}", ORIGIN));
  }

  @Test
  void aMappedEventIsFoundInsideAnEnvelope() throws IOException {
    String message =
        "{\"Records\":[{\"messageId\":\"1\",\"eventSource\":\"aws:sqs\",\"body\":\""
            + EVENT.replace("\n", " ").replace("\"", "\\\"")
            + "\"}]}";
    List<ReadEvent> events = reader(ACME).readAll(message, ORIGIN);
    assertEquals(1, events.size());
    assertInstanceOf(Reading.Read.class, events.getFirst().reading(), events::toString);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          name: acme,              name: falco,                  sources/0.yaml:1: a source named 'falco' exists already
          name: acme,              name: kubernetes-audit,       sources/0.yaml:1: a source named 'kubernetes-audit' exists already
          name: acme,              name: cattleguard,            sources/0.yaml:1: a source named 'cattleguard' exists already
          name: acme,              name: Acme Inc,               'sources/0.yaml:1: expected lower-case letters, digits'
          class: runtime,          class: alarm,                 sources/0.yaml:2: 'alarm' is not one of
          when:,                   whenn:,                       'sources/0.yaml:3: unknown key ''whenn''; did you mean ''when'''
          product: [acme],         product: acme,                sources/0.yaml:4: not a valid event pattern
          path: level,             path: level..x,               sources/0.yaml:8: 'level..x' is not a path
          critical,                grave,                        sources/0.yaml:9: 'grave' is not one of
          'medium: 5',             'medium: five',               sources/0.yaml:10: expected a whole number
          rule: check.name,        name: check.name,             'sources/0.yaml:12: unknown key ''name'''
          rule: check.name,        file: check.name,             sources/0.yaml:12: key 'rule' is missing
          title: check.text,       'title: "checks[*].text"',    'sources/0.yaml:13: ''checks[*].text'' is not a path'
          pod: labels.pod,         cluster: labels.cluster,      sources/0.yaml:17: unknown key 'cluster'
          pod: labels.pod,         pod: [labels],                'sources/0.yaml:17: expected a string'
          milliseconds,            weeks,                        sources/0.yaml:22: 'weeks' is not one of
          """)
  void anErrorHasItsFileAndLine(String part, String wrong, String error) {
    PolicyException e = assertThrows(PolicyException.class, () -> rules(ACME.replace(part, wrong)));
    assertTrue(
        e.errors().stream().anyMatch(one -> one.toString().startsWith(error)),
        e.errors()::toString);
  }

  @Test
  void errorsOfDetectionsAndMappingsAreListedTogether() throws IOException {
    Files.createDirectories(policy.resolve(DetectionRules.FOLDER));
    Files.writeString(policy.resolve(DetectionRules.FOLDER + "/a.yaml"), "name: a\n");
    PolicyException e = assertThrows(PolicyException.class, () -> rules("name: b\n"));
    assertEquals(2, e.errors().size(), e.errors()::toString);
  }

  @Test
  void twoMappingsHaveTwoNames() {
    PolicyException e = assertThrows(PolicyException.class, () -> rules(ACME, ACME));
    assertTrue(
        e.errors().getFirst().toString().startsWith("sources/1.yaml:1: "), e.errors()::toString);
  }

  @Test
  void aPolicyHasAtMostFiftyMappings() {
    String[] files = new String[51];
    for (int i = 0; i < files.length; i++) {
      files[i] = ACME.replace("name: acme", "name: acme-" + i);
    }
    PolicyException e = assertThrows(PolicyException.class, () -> rules(files));
    assertTrue(e.errors().toString().contains("more than 50 mappings"), e.errors()::toString);
  }
}
