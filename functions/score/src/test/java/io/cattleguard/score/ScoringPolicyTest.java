package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ScoringPolicyTest {
  private static final Path SHIPPED = ContractFiles.root().resolve("policy");

  @TempDir private Path directory;

  private ScoringPolicy read() {
    return ScoringPolicy.read(new PolicyFiles(directory));
  }

  private void write(String yaml) throws IOException {
    Files.writeString(directory.resolve(ScoringPolicy.FILE), yaml);
  }

  private static String shipped() throws IOException {
    return Files.readString(SHIPPED.resolve(ScoringPolicy.FILE));
  }

  @Test
  void aPolicyWithoutTheFileHasTheWeightsOfTheDefaultPolicy() {
    ScoringPolicy shipped = ScoringPolicy.read(new PolicyFiles(SHIPPED));

    assertEquals(shipped.toString(), read().toString());
    assertTrue(shipped.toString().contains("runs commands"), "it says what it holds");
  }

  @Test
  void aPodsLabelMayAddPoints() throws IOException {
    write(
        shipped()
            .replace(
                "adjustments:\n",
                """
                adjustments:
                  - name: payments
                    when: { alert: { target: { labels: [team=payments] } } }
                    points: 20
                    reason: processes payments
                """));
    Alert plain = TestAlerts.alert("a", "r", Severity.MEDIUM).attack(List.of(), List.of()).build();
    Alert labelled =
        AlertJson.readAlert(
            AlertJson.write(plain)
                .set(
                    "target",
                    AlertJson.write(
                        plain.target().toBuilder().labels(List.of("team=payments")).build())));

    assertEquals(20, scoreOf(labelled) - scoreOf(plain));
  }

  private int scoreOf(Alert alert) {
    return new Scorer(read(), new InMemoryWorkloadHistories())
        .score(TestAlerts.opened(alert))
        .score();
  }

  @Test
  void anAdjustmentOfOnesOwnCounts() throws IOException {
    write(
        shipped()
            .replace(
                "adjustments:\n",
                """
                adjustments:
                  - name: sandbox
                    when: { alert: { target: { namespace: [shop], image: [{ prefix: registry.example.com/ }] } } }
                    points: -20
                    reason: a sandbox
                """));

    assertEquals(
        10,
        new Scorer(read(), new InMemoryWorkloadHistories())
            .score(
                TestAlerts.opened(
                    TestAlerts.alert("a", "r", Severity.MEDIUM)
                        .attack(List.of(), List.of())
                        .build()))
            .score());
  }

  @Test
  void aPolicyOfAnEarlierVersionHasTheDefaultWindowOfIncidents() throws IOException {
    String key = "incidents: { window: 4h, kept-open-from: 60, ends-after: 24h }\n";
    assertTrue(shipped().contains(key));
    write(shipped().replace(key, ""));

    assertEquals(Duration.ofHours(4), read().incidentWindow());
    assertEquals(60, read().keepsOpen());

    write(shipped().replace(key, "incidents: { window: 90m, kept-open-from: 0 }\n"));
    assertEquals(Duration.ofMinutes(90), read().incidentWindow());
    assertEquals(0, read().keepsOpen());
    assertEquals(Duration.ofHours(24), read().incidentEndsAfter());
    assertEquals(Set.of(), read().accounts());

    write(shipped().replace(key, "incidents: { window: 2d, kept-open-from: 0 }\n"));
    assertEquals(Duration.ofDays(2), read().incidentEndsAfter(), "no shorter than the window");

    write(
        shipped()
            .replace(
                key,
                "incidents: { window: 4h, kept-open-from: 60, ends-after: 12h, "
                    + "accounts: ['111122223333'] }\n"));
    assertEquals(Duration.ofHours(12), read().incidentEndsAfter());
    assertEquals(Set.of("111122223333"), read().accounts());
  }

  static List<Arguments> mistakes() {
    return List.of(
        mistake(
            "an unknown key",
            "spread: 10",
            "spred: 10",
            "unknown key 'spred'; did you mean 'spread'?"),
        mistake(
            "an incident that never ends",
            "window: 4h",
            "window: 8d",
            "at most 7d: older alerts are another incident"),
        mistake("a missing key", "spread: 10", "", "key 'spread' is missing"),
        mistake(
            "points beyond a score",
            "spread: 10",
            "spread: 101",
            "expected a whole number from -100 to 100, found '101'"),
        mistake(
            "points that are no number",
            "spread: 10",
            "spread: ten",
            "expected a whole number from -100 to 100, found 'ten'"),
        mistake(
            "no MITRE id",
            "T1003:",
            "T103:",
            "'T103' is not a MITRE ATT&CK id such as T1059, T1059.004 or TA0002"),
        mistake("a technique twice", "T1014:", "T1003:", "key 'T1003' is defined twice"),
        mistake(
            "a trait that no parser gives",
            "privileged: 15",
            "priviledged: 15",
            "unknown key 'priviledged'; did you mean 'privileged'?"),
        mistake(
            "no address",
            "addresses: []",
            "addresses: [example.com]",
            "expected an address or network such as 203.0.113.0/24"),
        mistake(
            "no port",
            "3333, 4444",
            "3333, 65536",
            "expected a whole number from 1 to 65535, found '65536'"),
        mistake(
            "no duration",
            "watched-for: 24h",
            "watched-for: 24",
            "expected a duration such as 30s, 10m, 4h or 7d, found '24'"),
        mistake(
            "a name twice",
            "name: escape-by-release-agent",
            "name: reverse-shell",
            "an adjustment named 'reverse-shell' exists already"),
        mistake(
            "a field that no alert has",
            "namespace: [kube-system]",
            "namspace: [kube-system]",
            "unknown key 'namspace'; did you mean 'namespace'?"),
        mistake(
            "a label of a pod that takes points",
            "alert: { rule: [{ equals-ignore-case: test rule }] }",
            "alert: { target: { labels: [sandbox=true] } }",
            "labels: anyone who may change a pod chooses them"),
        mistake(
            "a label of a pod that takes points by its absence",
            "target: { namespace: [kube-system] }",
            "target: { labels: [{ anything-but: [internal=true] }] }",
            "a pattern may match their values, but not exclude values"),
        mistake(
            "a score, which it only makes",
            "{ alert: { rule: [{ prefix: Detect",
            "{ score: [1], alert: { rule: [{ prefix: Detect",
            "unknown key 'score'"),
        mistake(
            "no pattern",
            "[{ equals-ignore-case: test rule }]",
            "test rule",
            "a pattern lists the values of a field"),
        mistake(
            "an incident that ends before its window",
            "ends-after: 24h",
            "ends-after: 3h",
            "at least the window, and at most 7d"),
        mistake(
            "an account that is none",
            "ends-after: 24h",
            "ends-after: 24h, accounts: [blue]",
            "expected the 12 digits of an AWS account"),
        mistake(
            "a cap beyond a score",
            "classes: 39",
            "classes: 101",
            "expected a whole number from 0 to 100, found '101'"));
  }

  private static Arguments mistake(String what, String right, String wrong, String message) {
    return Arguments.of(what, right, wrong, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void aMistakeIsNamedWithFileAndLine(String what, String right, String wrong, String message)
      throws IOException {
    String before = shipped();
    assertTrue(before.contains(right), () -> "the default policy has no " + right);
    write(before.replace(right, wrong));

    List<PolicyError> errors = assertThrows(PolicyException.class, this::read).errors();

    String found = errors.getFirst().toString();
    assertTrue(found.contains(message), found);
    int line = 1 + (int) before.substring(0, before.indexOf(right)).lines().count();
    int named = Integer.parseInt(found.split(":", 3)[1]);
    // An error about a missing key names the whole mapping; an error about a duplicate key names
    // the first position.
    assertTrue(wrong.isEmpty() ? named >= 1 : Math.abs(named - line) <= 1, found + ", not " + line);
    assertTrue(found.startsWith("scoring.yaml:"), found);
  }

  @Test
  void everyMistakeInAListIsShownAtOnce() throws IOException {
    write(shipped().replace("T1003:", "T103:").replace("T1014:", "T14:"));

    assertEquals(2, assertThrows(PolicyException.class, this::read).errors().size());
  }
}
