package io.cattleguard.sources.inspector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;

/** Every field of every Inspector event that we have. */
final class InspectorReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("inspector2-samples.txt", "inspector2");
  }

  @Test
  void aFindingThatIsUpdatedIsTheSameProblem() {
    String event = Samples.line("inspector2/findings.jsonl", 1);
    String next = event.replace("Mar 2, 2026", "Mar 3, 2026");
    assertEquals(Fingerprint.of(Samples.alert(event)), Fingerprint.of(Samples.alert(next)));
    assertNotEquals(Samples.alert(event).id(), Samples.alert(next).id());
  }
}
