package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ReviewedModels;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the signal for programs and peers that a workload's model does not have. */
final class NotInModelTest {
  private static final Workload WEB = new Workload("blue", "shop", "Deployment", "web", "main");

  private static ReviewedModels model() {
    return model(Mode.ENFORCING);
  }

  private static ReviewedModels model(Mode mode) {
    return model(mode, Duration.ofDays(14));
  }

  private static ReviewedModels model(Mode mode, Duration observed) {
    Instant from = TestAlerts.AT.minus(observed);
    TreeMap<Entry, Sighting> entries = new TreeMap<>();
    for (Entry entry :
        List.of(
            new Entry.Executable("/usr/sbin/nginx", ""),
            new Entry.Executable("/bin/sh", "/usr/sbin/nginx"))) {
      entries.put(entry, new Sighting(9, from, TestAlerts.AT, 3, 3, "", false, List.of(), false));
    }
    return ReviewedModels.of(
        List.of(
            new Model(
                WEB,
                mode,
                "",
                from,
                TestAlerts.AT,
                from,
                List.of(),
                List.of(),
                entries,
                EnumSet.allOf(Entry.Kind.class),
                Map.of())));
  }

  private static Alert alert(String source, String program, String peer) {
    Alert plain = TestAlerts.alert("a", "rule", Severity.MEDIUM).build();
    return new Alert(
        plain.id(),
        plain.alertClass(),
        source,
        plain.rule(),
        plain.severity(),
        List.of(),
        List.of(),
        List.of(),
        Target.builder()
            .cluster("blue")
            .namespace("shop")
            .pod("web-7c8d9f5b6d-x2x4k")
            .workload("Deployment/web")
            .containerName("main")
            .build(),
        new ObservedProcess(program, null, null, null, null),
        peer.isEmpty()
            ? ObservedConnection.UNKNOWN
            : new ObservedConnection(peer, 443, "tcp", "outbound"),
        null,
        TestAlerts.AT,
        1,
        List.of(),
        "{}");
  }

  private static ScoredAlert scored(ReviewedModels models, Alert alert) {
    return new Scorer(ScorerTest.POLICY, new InMemoryWorkloadHistories(), models)
        .score(TestAlerts.opened(alert));
  }

  private static List<Points> reasons(Alert alert) {
    return scored(model(), alert).reasons().stream()
        .filter(points -> points.reason().contains("workload's model"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"PT1H, 1 day", "P1D, 1 day", "P2D, 2 days", "P14D, 14 days"})
  void theTimeThatTheModelWasObservedIsSaidInDays(Duration observed, String days) {
    String reasons =
        scored(model(Mode.ENFORCING, observed), alert("falco", "/usr/bin/curl", ""))
            .reasons()
            .toString();

    assertTrue(reasons.contains("never seen in " + days + " of this workload's model"), reasons);
  }

  @Test
  void aProgramThatTheModelDoesNotHaveAddsToTheScoreOfOthersAlerts() {
    assertEquals(
        List.of(
            new Points(15, "this executable was never seen in 14 days of this workload's model")),
        reasons(alert("falco", "/usr/bin/curl", "")));
  }

  @ParameterizedTest
  @EnumSource(value = Mode.class, names = "ENFORCING", mode = EnumSource.Mode.EXCLUDE)
  void aModelUnderReviewAddsNothing(Mode mode) {
    Alert alert = alert("falco", "/usr/bin/curl", "203.0.113.7");

    assertEquals(
        scored(ReviewedModels.NONE, alert).reasons(), scored(model(mode), alert).reasons());
  }

  @Test
  void aPeerThatTheModelDoesNotHaveAddsToTheScore() {
    assertEquals(
        List.of(new Points(15, "this peer was never seen in 14 days of this workload's model")),
        reasons(alert("tetragon", "/usr/sbin/nginx", "203.0.113.7")));
    assertEquals(
        List.of(
            new Points(
                15,
                "this executable and this peer were never seen in 14 days of this workload's"
                    + " model")),
        reasons(alert("tetragon", "/usr/bin/curl", "203.0.113.7")));
  }

  @Test
  void aPeerThatIsNoAddressIsNotCompared() {
    for (String peer : List.of("db.example.com", "1..2.3", "300.1.1.1", "1.2.3.99999999999")) {
      assertEquals(List.of(), reasons(alert("own-tool", "/usr/sbin/nginx", peer)), peer);
    }
  }

  /** An intruder may use programs of the workload, for example a shell that the model has. */
  @Test
  void whatTheModelHasLowersNoScore() {
    Alert alert = alert("falco", "/bin/sh", "");

    assertEquals(List.of(), reasons(alert));
    assertEquals(scored(ReviewedModels.NONE, alert).score(), scored(model(), alert).score());
    assertEquals(scored(ReviewedModels.NONE, alert).reasons(), scored(model(), alert).reasons());
  }

  @Test
  void aDeviationIsAboutTheModelAlready() {
    assertEquals(List.of(), reasons(alert("cattleguard", "/usr/bin/curl", "")));
  }

  @Test
  void anAlertOfAWorkloadWithoutAModelIsScoredAsBefore() {
    Alert other = alert("falco", "/usr/bin/curl", "");
    Alert elsewhere = other.withNote("x");
    assertTrue(
        scored(ReviewedModels.NONE, elsewhere).reasons().stream()
            .noneMatch(points -> points.reason().contains("workload's model")));
  }
}
