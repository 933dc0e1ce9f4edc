package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.TakesLong;
import io.cattleguard.sources.falco.FalcoParser;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that every text gives exactly one reading. */
final class AlertReaderTest {
  private static final String EVENT =
      """
      {"rule":"Terminal shell in container","priority":"Notice","time":"2026-03-02T09:15:00Z",
       "output_fields":{"proc.cmdline":"sh -c  \\" a b \\"","k8s.pod.name":"web-1"}}\
      """;

  private final AlertReader reader = new AlertReader();

  private Reading read(String text) {
    return reader.read(text, new Origin("blue", Instant.EPOCH));
  }

  private Alert alert(String text) {
    return assertInstanceOf(Reading.Read.class, read(text), text).alert();
  }

  private String unreadable(String text) {
    return assertInstanceOf(Reading.Unreadable.class, read(text), text).reason();
  }

  @Test
  void theSameEventReadTwiceHasTheSameId() {
    assertEquals(alert(EVENT).id(), alert(EVENT).id());
    assertTrue(alert(EVENT).id().matches("[0-9a-f]{32}"), alert(EVENT).id());
  }

  @Test
  void whiteSpaceBetweenTokensDoesNotChangeTheId() {
    assertEquals(
        alert(EVENT).id(), alert(EVENT.replace(",", " ,\n\t").replace("\":", "\" :\r\n")).id());
  }

  @Test
  void contentChangesTheIdAndSoDoesWhiteSpaceInATextOrTheCluster() {
    String id = alert(EVENT).id();
    assertNotEquals(id, alert(EVENT.replace("web-1", "web-2")).id());
    assertNotEquals(id, alert(EVENT.replace("-c  ", "-c ")).id());
    assertNotEquals(id, alert(EVENT.replace("\\\" a b", "\\\"a b")).id());
    Reading elsewhere = reader.read(EVENT, new Origin("green", Instant.EPOCH));
    assertNotEquals(id, assertInstanceOf(Reading.Read.class, elsewhere).alert().id());
  }

  @Test
  void rawIsTheTextAsItArrived() {
    assertEquals(EVENT, alert(EVENT).raw());
  }

  @Test
  void aByteOrderMarkIsNoPartOfAnEvent() {
    assertEquals(alert(EVENT).id(), alert("\ufeff" + EVENT).id());
  }

  @Test
  void anOversizedEventIsUnreadableWithItsSize() {
    String huge = EVENT.replace("web-1", "x".repeat(AlertReader.EVENT_LIMIT));
    assertTrue(unreadable(huge).startsWith("too large: " + huge.length()), unreadable(huge));
  }

  @ParameterizedTest
  @ValueSource(ints = {1_001, 100_000})
  void anEventNestedTooDeepIsUnreadableAndNoCrash(int depth) {
    String deep = "{\"rule\":\"x\",\"time\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
    assertTrue(unreadable(deep).contains("nesting depth"), unreadable(deep));
  }

  @Test
  void aNumberOfAThousandDigitsIsNoCrash() {
    assertEquals(
        "web-1",
        alert(EVENT.replace("\"k8s", "\"n\":" + "9".repeat(900) + ",\"k8s")).target().pod());
    unreadable(EVENT.replace("\"k8s", "\"n\":" + "9".repeat(5_000) + ",\"k8s"));
  }

  @Test
  void aLongTextOfAnEventIsCut() {
    Alert alert = alert(EVENT.replace("web-1", "x".repeat(100_000)));
    assertEquals("x".repeat(HostileText.FIELD_LIMIT) + "…", alert.target().pod());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|not an event",
        "[]|not an event",
        "42|not an event",
        "{}|an empty JSON object",
        "{\"x\":1,\"y\":2}|unknown source; its first keys are x, y; see"
            + " sources/README.md#add-a-source, or add a mapping in policy/sources",
        "hello|not JSON: starts with 'hello'",
        "10:00:00.000000000: Warning x|not JSON: looks like Falco's text output",
        "2026-03-02T09:15:00.000000000+0000: Notice x|not JSON: looks like Falco's text output",
        "10:00:00.000000000: hello|not JSON: starts with",
        "{\"rule\":|not JSON: Unexpected end-of-input",
        "{\"rule\":1} x|not JSON",
      })
  void whatIsNoEventIsUnreadableForAReason(String text, String reason) {
    assertTrue(unreadable(text).startsWith(reason), unreadable(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a GuardDuty finding outside of EventBridge|"
            + "{\"Service\":{},\"Severity\":8,\"Type\":\"Recon:EC2 PortProbe\"}",
        "a GuardDuty malware scan result|{\"detail-type\":\"GuardDuty Malware Protection Object\"}",
        "a Security Hub finding|{\"detail-type\":\"Security Hub Insight Results\"}",
        "an osquery result|{\"name\":\"pack_x\",\"columns\":{}}",
      })
  void aSourceThatWeDoNotReadYetIsNamed(String name, String text) {
    assertEquals(name + ": this source is not supported yet", unreadable(text));
  }

  @Test
  void aNewSourceIsOneParserInTheList() {
    AlertParser canary =
        new AlertParser() {
          @Override
          public String source() {
            return "canary";
          }

          @Override
          public boolean recognises(JsonNode event) {
            return event.has("tweet");
          }

          @Override
          public Reading read(JsonNode event, String raw, Origin origin) {
            return new Reading.Ignored(event.get("tweet").asText());
          }
        };
    AlertReader two = new AlertReader(List.of(new FalcoParser(), canary));
    assertEquals(
        new Reading.Ignored("hi"), two.read("{\"tweet\":\"hi\"}", new Origin(null, Instant.EPOCH)));
  }

  @Test
  void anEventOfSeveralFindingsOrAlertsHasAReadingForEach() {
    List<ReadEvent> findings = all(Samples.line("security-hub/findings.jsonl", 15));
    assertEquals(2, findings.size());
    findings.forEach(one -> assertInstanceOf(Reading.Read.class, one.reading(), one.text()));
    List<ReadEvent> alerts = all(Samples.line("kubescape/bulk.jsonl", 1));
    assertEquals(
        List.of("Drifted process executed", "Crypto miner launched"),
        alerts.stream()
            .map(one -> assertInstanceOf(Reading.Read.class, one.reading()).alert().rule())
            .toList());
  }

  @Test
  void oneBadAlertAmongSeveralLosesNoOther() {
    String bulk = Samples.line("kubescape/bulk.jsonl", 1);
    List<ReadEvent> readings = all(bulk.replace("\"alerts\":[", "\"alerts\":[7,"));
    assertEquals(3, readings.size());
    assertInstanceOf(Reading.Unreadable.class, readings.get(0).reading());
    assertInstanceOf(Reading.Read.class, readings.get(1).reading());
    assertInstanceOf(Reading.Read.class, readings.get(2).reading());
  }

  private List<ReadEvent> all(String text) {
    return reader.readAll(text, new Origin("blue", Instant.EPOCH));
  }

  /**
   * Removes, duplicates and swaps parts of real events, and replaces values by values of other
   * fields.
   */
  @Test
  void noMutationOfAnEventEverThrows() {
    List<String> seeds =
        ContractFiles.names("samples").stream()
            .filter(name -> !name.startsWith("v1/") && name.endsWith(".jsonl"))
            .flatMap(name -> ContractFiles.text("samples", name).lines())
            .toList();
    String[] pieces = {
      "null",
      "[]",
      "{}",
      "\"\"",
      "\"<NA>\"",
      "-1",
      "1e400",
      "18446744073653314058",
      "true",
      "0.5",
      "\"\\ud800\"",
      "\"->\"",
      "\"::->::\"",
      "\"k8s_a_b_c_d_e\"",
      "{\"a\":{\"b\":[{}]}}",
      "\"T\"",
      "\"9999-99-99T99:99:99Z\"",
      "\"2026-03-02T09:15:00.\"",
      "\"TA\"",
      "\"://\"",
      "\"severity:\"",
      "{\"process\":{\"pod\":{}}}",
      "[null,[{}]]",
      "\"\\u0000\""
    };
    Random random = new Random(20_260_302);
    int mutants = Boolean.getBoolean(TakesLong.PROPERTY) ? 60_000 : 10_000;
    int read = 0;
    for (int round = 0; round < mutants; round++) {
      StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        mutate(text, random, pieces);
      }
      Reading reading = read(text.toString());
      if (reading instanceof Reading.Read alert) {
        read++;
        assertEquals(alert.alert(), AlertJson.readAlert(AlertJson.write(alert.alert())));
      }
    }
    assertTrue(read > mutants / 3, "most mutants are still JSON, or this tests nothing: " + read);
  }

  private static void mutate(StringBuilder text, Random random, String[] pieces) {
    int at = random.nextInt(Math.max(1, text.length()));
    int value = text.indexOf(":", at) + 1;
    switch (random.nextInt(5)) {
      case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(8)));
      case 1 -> text.insert(at, (char) random.nextInt(0x250));
      default -> {
        int end = Math.max(text.indexOf(",\"", value), value);
        text.replace(value, end, pieces[random.nextInt(pieces.length)]);
      }
    }
  }
}
