package io.cattleguard.sources.kubearmor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;

/** Every field of every KubeArmor event that we have. */
final class KubeArmorReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("kubearmor-samples.txt", "kubearmor");
  }

  @Test
  void everyRecordedEventReadsAsTheTableSays() {
    ExpectedReadings.assertCorpora(
        "other-corpora.txt",
        "other_runtime/kubearmor",
        "other_runtime/kubescape",
        "other_runtime/tracee",
        "ocsf");
  }

  @Test
  void aBlockOfAnotherPodOfTheWorkloadIsTheSameProblem() {
    String event = Samples.line("kubearmor/alerts.jsonl", 1);
    String next =
        event
            .replace("x2x4k", "9vqzm")
            .replace("3f1c2ab9", "77aa2ab9")
            .replace("09:15:00", "09:17:03")
            .replace("4101", "5101");
    assertEquals(Fingerprint.of(Samples.alert(event)), Fingerprint.of(Samples.alert(next)));
    assertNotEquals(Samples.alert(event).id(), Samples.alert(next).id());
  }

  @Test
  void theClusterIsTheSensorsAndNeverThePayloads() {
    assertEquals(
        "blue", Samples.alert(Samples.line("kubearmor/alerts.jsonl", 1)).target().cluster());
  }
}
