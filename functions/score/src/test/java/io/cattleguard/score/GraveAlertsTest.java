package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.PublishedRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** People are notified of alerts that their detector calls severe, whatever the weights are. */
final class GraveAlertsTest {
  private static final int PEOPLE = 60;

  @TempDir private Path directory;

  private static int score(Alert alert) {
    return scored(alert, ScorerTest.POLICY).score();
  }

  private static ScoredAlert scored(Alert alert, ScoringPolicy policy) {
    return new Scorer(policy, new InMemoryWorkloadHistories()).score(TestAlerts.opened(alert));
  }

  /** The default weights with one change. */
  private ScoringPolicy policy(String key, String value) throws IOException {
    Path file = Path.of(System.getProperty("cattleguard.root", "../.."), "policy/scoring.yaml");
    String yaml = Files.readString(file);
    assertTrue(yaml.contains(key), key);
    Files.writeString(directory.resolve(ScoringPolicy.FILE), yaml.replaceFirst(key, value));
    return ScoringPolicy.read(new PolicyFiles(directory));
  }

  static List<Alert> grave() {
    return Stream.concat(PublishedRules.falco().stream(), PublishedRules.guardDuty().stream())
        .filter(alert -> alert.alertClass() != AlertClass.CONFIGURATION)
        .filter(
            alert -> {
              Severity severity = alert.severity();
              return severity != null
                  && (severity.compareTo(Severity.CRITICAL) >= 0
                      || (severity == Severity.HIGH && alert.has(Trait.INTRUSION)));
            })
        .toList();
  }

  @ParameterizedTest
  @MethodSource("grave")
  void everythingOfCriticalOrHighSeverityIntrusionIsToldToPeople(Alert alert) {
    assertTrue(score(alert) >= PEOPLE, () -> alert.rule() + " has " + score(alert));
  }

  @Test
  void allTypesOfGuardDutyAtHighSeveritySpeakOfAnIntrusionExceptWeaknesses() {
    List<String> others =
        PublishedRules.guardDuty().stream()
            .filter(alert -> !alert.has(Trait.INTRUSION))
            .map(Alert::rule)
            .toList();
    assertEquals(List.of("Policy:Kubernetes/ExposedDashboard"), others);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Policy:Kubernetes/AnonymousAccessGranted",
        "Policy:Kubernetes/AdminAccessToDefaultServiceAccount"
      })
  void anActThatHandsOutAccessIsForSecurity(String type) {
    Alert alert = PublishedRules.guardDuty(type, "8");
    assertEquals(AlertClass.AUDIT, alert.alertClass());
    assertTrue(score(alert) >= PEOPLE);
  }

  @Test
  void aWeaknessStaysBelowTheFloorBecauseDevelopersReadIt() {
    Alert alert = PublishedRules.guardDuty("Policy:Kubernetes/ExposedDashboard", "9");
    assertEquals(AlertClass.CONFIGURATION, alert.alertClass());
    assertTrue(score(alert) < PEOPLE);
  }

  @ParameterizedTest
  @CsvSource({"CRITICAL, ''", "FATAL, ''", "HIGH, intrusion"})
  void noWeightHidesAGraveAlert(Severity severity, String trait) throws IOException {
    Alert alert =
        TestAlerts.alert("a", "any rule", severity)
            .traits(trait.isEmpty() ? List.of() : List.of(trait))
            .build();
    ScoringPolicy hiding =
        policy(
            "adjustments:\n",
            "adjustments:\n"
                + "  - { name: hide, when: { alert: { rule: [any rule] } }, points: -100, reason:"
                + " noise }\n");
    ScoredAlert scored = scored(alert, hiding);

    assertEquals(PEOPLE, scored.score());
    assertTrue(
        scored.reasons().getLast().reason().startsWith("raised to 60: falco calls it "),
        scored.reasons().toString());
  }

  @Test
  void theFloorIsThePolicysOwn() throws IOException {
    Alert alert =
        TestAlerts.alert("a", "any rule", Severity.CRITICAL).attack(List.of(), List.of()).build();
    assertEquals(
        75,
        scored(alert, policy("floor-for-grave-alerts: 60", "floor-for-grave-alerts: 75")).score());
    assertEquals(
        PEOPLE, scored(alert, policy("floor-for-grave-alerts: 60", "")).score(), "without the key");
  }

  @ParameterizedTest
  @EnumSource(
      value = Severity.class,
      names = {"INFORMATIONAL", "LOW", "MEDIUM", "HIGH"})
  void whatTheDetectorDoesNotCallGraveHasNoFloor(Severity severity) {
    assertTrue(score(TestAlerts.alert("a", "any rule", severity).build()) < PEOPLE);
  }

  @Test
  void aSampleHasNoFloor() {
    Alert alert =
        TestAlerts.alert("a", "any rule", Severity.CRITICAL)
            .attack(List.of(), List.of())
            .traits(List.of(Trait.SAMPLE.id()))
            .build();
    assertTrue(score(alert) < PEOPLE);
  }

  @Test
  void manyPublishedRulesAreGrave() {
    assertEquals(238, PublishedRules.falco().size());
    assertEquals(85, PublishedRules.guardDuty().size());
    assertFalse(grave().size() < 110, () -> "only " + grave().size());
  }
}
