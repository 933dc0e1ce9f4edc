package io.cattleguard.sources.accessanalyzer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;

/** Every field of every AccessAnalyzer event that we have. */
final class AccessAnalyzerReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("access-analyzer-samples.txt", "access-analyzer");
  }

  @Test
  void aFindingThatIsAnalysedAgainIsTheSameProblem() {
    String event = Samples.line("access-analyzer/findings.jsonl", 1);
    String next = event.replace("2026-03-02T09:15:00Z", "2026-03-03T09:15:00Z");
    assertEquals(Fingerprint.of(Samples.alert(event)), Fingerprint.of(Samples.alert(next)));
    assertNotEquals(Samples.alert(event).id(), Samples.alert(next).id());
  }
}
