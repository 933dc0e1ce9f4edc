package io.cattleguard.sources.tracee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;

/** Every field of every Tracee event that we have. */
final class TraceeReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("tracee-samples.txt", "tracee");
  }

  @Test
  void theNextProcessOfThatKindIsTheSameProblem() {
    String event = Samples.line("tracee/alerts.jsonl", 1);
    String next =
        event.replace("1772442900123456789", "1772442999123456789").replace("4101", "5101");
    assertEquals(Fingerprint.of(Samples.alert(event)), Fingerprint.of(Samples.alert(next)));
    assertNotEquals(Samples.alert(event).id(), Samples.alert(next).id());
  }
}
