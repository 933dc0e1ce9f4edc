package io.cattleguard.sources.ocsf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;

/** Every field of every Ocsf event that we have. */
final class OcsfReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("ocsf-samples.txt", "ocsf");
  }

  @Test
  void theSameFindingOfAnotherTimeIsTheSameProblem() {
    String event = Samples.line("ocsf/findings.jsonl", 1);
    String next = event.replace("1772442900000", "1772443900000");
    assertEquals(Fingerprint.of(Samples.alert(event)), Fingerprint.of(Samples.alert(next)));
    assertNotEquals(Samples.alert(event).id(), Samples.alert(next).id());
  }

  @Test
  void theSourceIsTheProductIfPoliciesKnowIt() {
    assertEquals("ocsf", Samples.alert(Samples.line("ocsf/findings.jsonl", 1)).source());
    assertEquals("prowler", Samples.alert(Samples.line("ocsf/findings.jsonl", 5)).source());
    assertEquals(
        "securityhub", Samples.alert(Samples.line("security-hub/findings.jsonl", 17)).source());
  }
}
