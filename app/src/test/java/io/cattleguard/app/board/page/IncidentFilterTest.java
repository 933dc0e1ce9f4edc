package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IncidentFilterTest {
  private static final Instant NOW = TestIncidents.AT.plusSeconds(60);

  private static IncidentSummary incident() {
    InMemoryIncidents incidents = new InMemoryIncidents();
    boolean unused =
        new Recorder(incidents)
            .record(
                TestIncidents.detail(
                    TestIncidents.scored(
                        "abc123",
                        TestAlerts.alert("a1", "Größter Reverse Shell", Severity.HIGH)
                            .target(
                                Target.builder().cluster("blue").namespace("shop").pod("w").build())
                            .build(),
                        "5d41402abc4b2a76b9719d911017c592",
                        Acceptance.OPENED,
                        1)),
                "cattleguard.score");
    return incidents.latest(NOW.minus(Duration.ofDays(1)), 1).getFirst();
  }

  @ParameterizedTest(name = "{0}={1}: {2}")
  @CsvSource({
    "text, reverse shell, true",
    "text, REVERSE, true",
    "text, GRÖSSTER, false",
    "text, GRÖ, true",
    "text, größter r, true",
    "text, shellx, false",
    "text, ABC123, true",
    "text, bc12, true",
    "text, shop, true",
    "text, ell, true",
    "text, a text that is much longer than each of the incident's own texts could be, false",
    "namespace, shop, true",
    "namespace, sho, false",
    "severity, high, true",
    "severity, critical, false",
    "severity, low, true",
    "state, open, true",
    "state, contained, false"
  })
  void anIncidentIsFoundByWhatItSays(String key, String value, boolean isFound) {
    assertEquals(
        isFound,
        IncidentFilter.of(Map.of(key, value)).matching(NOW).test(incident()),
        incident().toString());
  }

  @ParameterizedTest(name = "after {0} hours in {1}: {2}")
  @CsvSource({
    "23, 24h, true",
    "25, 24h, false",
    "25, 7d, true",
    "169, 7d, false",
    "169, 30d, true"
  })
  void onlyWhatHappenedInThePeriodIsListed(int hours, String since, boolean isFound) {
    assertEquals(
        List.of(isFound),
        List.of(
            IncidentFilter.of(Map.of("since", since))
                .matching(TestIncidents.AT.plus(Duration.ofHours(hours)))
                .test(incident())));
  }
}
