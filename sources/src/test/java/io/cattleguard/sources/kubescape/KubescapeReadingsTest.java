package io.cattleguard.sources.kubescape;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every field of every Kubescape event that we have. */
final class KubescapeReadingsTest {
  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("kubescape-samples.txt", "kubescape");
  }

  @Test
  void anUnreadableUserIsNoPartOfTheProblem() {
    String event = Samples.line("kubescape/alerts.jsonl", 2);
    assertEquals(
        Fingerprint.of(Samples.alert(event)),
        Fingerprint.of(Samples.alert(event.replace("824767215088", "824999999999"))));
  }

  @Test
  void aPostOfSeveralAlertsHasOnePartForEach() throws JsonProcessingException {
    JsonNode post = new JsonMapper().readTree(Samples.line("kubescape/bulk.jsonl", 1));
    List<String> rules =
        new KubescapeParser()
            .parts(post).stream().map(part -> Samples.alert(part.toString()).rule()).toList();
    assertEquals(List.of("Drifted process executed", "Crypto miner launched"), rules);
  }
}
