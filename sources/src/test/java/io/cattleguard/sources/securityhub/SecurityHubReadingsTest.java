package io.cattleguard.sources.securityhub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every field of every Security Hub finding that we have. */
final class SecurityHubReadingsTest {
  private static Alert alert(String event) {
    return assertInstanceOf(
            Reading.Read.class, new AlertReader().read(event, new Origin(null, Instant.EPOCH)))
        .alert();
  }

  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("security-hub-samples.txt", "security-hub");
  }

  @Test
  void aFindingThatIsImportedAgainIsTheSameProblemAndTheSameControlOfAnotherResourceIsNot() {
    String finding =
        ContractFiles.text("samples", "security-hub/findings.jsonl")
            .lines()
            .findFirst()
            .orElseThrow();
    Alert first = alert(finding);
    Alert again =
        alert(finding.replace("\"UpdatedAt\":\"2026-03-02", "\"UpdatedAt\":\"2026-03-03"));

    assertNotEquals(first.id(), again.id());
    assertEquals(Fingerprint.of(first), Fingerprint.of(again));
    assertEquals(first.id(), alert(finding.replace("7f3a0c52", "8f3a0c52")).id());
    assertNotEquals(
        Fingerprint.of(first), Fingerprint.of(alert(finding.replace("sg-0123", "sg-0124"))));
  }

  @Test
  void anEventOfSeveralFindingsHasOnePartForEach() throws JsonProcessingException {
    JsonNode event =
        new JsonMapper()
            .readTree(
                ContractFiles.text("samples", "security-hub/findings.jsonl")
                    .lines()
                    .skip(14)
                    .findFirst()
                    .orElseThrow());
    List<JsonNode> parts = new SecurityHubParser().parts(event);
    assertEquals(2, parts.size());
    for (int i = 0; i < 2; i++) {
      assertEquals(event.path("detail-type"), parts.get(i).path("detail-type"));
      assertEquals(
          event.path("detail").path("findings").get(i),
          parts.get(i).path("detail").path("findings").get(0));
      assertInstanceOf(
          Reading.Read.class,
          new AlertReader().read(parts.get(i).toString(), new Origin(null, Instant.EPOCH)));
    }
  }

  @Test
  void aFindingWithoutAnEventAroundItIsReadTheSame() throws JsonProcessingException {
    String event = Samples.line("security-hub/findings.jsonl", 1);
    JsonNode finding = new JsonMapper().readTree(event).path("detail").path("findings").path(0);
    Alert bare = Samples.alert(finding.toString());
    Alert delivered = Samples.alert(event);
    assertEquals(delivered.id(), bare.id());
    assertEquals(Fingerprint.of(delivered), Fingerprint.of(bare));
  }

  @Test
  void aFindingThatCattleguardImportedDoesNotBecomeAnAlertAgain() {
    String finding =
        """
        {"SchemaVersion": "2018-10-08", "Id": "cattleguard/1", "AwsAccountId": "123456789012",
         "ProductArn": "arn:aws:securityhub:eu-central-1:123456789012:product/%s",
         "GeneratorId": "cattleguard/incident", "Types": ["Unusual Behaviors"],
         "UpdatedAt": "2026-03-02T09:15:05Z", "Severity": {"Label": "HIGH"}, "Title": "A shell"}
        """;
    assertInstanceOf(
        Reading.Ignored.class,
        new AlertReader()
            .read(finding.formatted("123456789012/default"), new Origin(null, Instant.EPOCH)));
    // Another product cannot hide its findings by using our generator name.
    assertInstanceOf(
        Reading.Read.class,
        new AlertReader()
            .read(finding.formatted("aws/guardduty"), new Origin(null, Instant.EPOCH)));
  }
}
