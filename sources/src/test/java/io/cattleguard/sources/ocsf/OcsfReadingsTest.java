package io.cattleguard.sources.ocsf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.Samples;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static String detection(String more) {
    return """
    {"class_uid":2004,"severity_id":4,"time":1772442900000,
     "finding_info":{"uid":"u","title":"t"},%s}
    """
        .formatted(more.replace('\'', '"'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"'activity_id':3", "'status_id':3", "'status_id':4", "'status_id':5"})
  void whatIsClosedIsNoAlert(String state) {
    assertInstanceOf(
        Reading.Ignored.class,
        new AlertReader().read(detection(state), new Origin(null, Instant.EPOCH)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'action_id':2                      | true",
        "'disposition_id':2                 | true",
        "'action_id':1,'disposition_id':1   | false",
        "'status_id':2                      | false",
      })
  void whatWasDeniedOrBlockedIsBlocked(String state, boolean blocked) {
    assertEquals(blocked, Samples.alert(detection(state)).has(Trait.BLOCKED));
  }

  @Test
  void aTimeMayBeInSecondsOrMilliseconds() {
    Instant time = Instant.ofEpochSecond(1_772_442_900);
    String event = detection("'x':1");
    assertEquals(time, Samples.alert(event).observedAt());
    assertEquals(time, Samples.alert(event.replace("900000", "900")).observedAt());
  }

  @Test
  void anIncidentIsAnIntrusion() {
    assertEquals(
        AlertClass.RUNTIME, Samples.alert(detection("'x':1").replace("2004", "2005")).alertClass());
  }

  private static Alert older(String more) {
    return Samples.alert(
        """
        {"class_uid":2001,"category_uid":2,"severity_id":5,"time":1772442900000,
         "metadata":{"product":{"name":"Falco"}},%s}
        """
            .formatted(more));
  }

  /** falcosidekick uses one OCSF class for all of Falco's alerts. */
  @Test
  void aFindingOfTheClassForAllIsAnIntrusionUnlessItSaysOtherwise() {
    String finding = "\"finding\":{\"uid\":\"u\",\"title\":\"A shell\",\"types\":[\"%s\"]}";
    Alert alert = older(finding.formatted("syscall"));
    assertEquals(AlertClass.RUNTIME, alert.alertClass());
    assertEquals("A shell", alert.rule());
    assertEquals(Severity.CRITICAL, alert.severity());
    assertEquals(
        AlertClass.CONFIGURATION,
        older(finding.formatted("Software and Configuration Checks")).alertClass());
    assertEquals(
        AlertClass.CONFIGURATION,
        older(finding.formatted("x") + ",\"compliance\":{\"status\":\"Failure\"}").alertClass());
    assertEquals(
        AlertClass.VULNERABILITY,
        older(finding.formatted("x") + ",\"vulnerabilities\":[{\"cve\":{\"uid\":\"CVE-2026-1\"}}]")
            .alertClass());
  }

  @Test
  void aTypeReportsTheSameAsInGuardDutysOwnFinding() {
    Alert alert =
        Samples.alert(
            """
            {"class_uid":2004,"severity_id":4,"time":1772442900000,"finding_info":{"uid":"u",
             "title":"t","types":["Execution:Runtime/NewBinaryExecuted"]}}
            """);
    assertEquals(List.of("TA0002"), alert.tactics());
    assertEquals(List.of("T1204.002"), alert.techniques());
    assertEquals(List.of("dropped-executable", "intrusion"), alert.traits());
  }

  @Test
  void theSourceIsTheProductIfPoliciesKnowIt() {
    assertEquals("ocsf", Samples.alert(Samples.line("ocsf/findings.jsonl", 1)).source());
    assertEquals("prowler", Samples.alert(Samples.line("ocsf/findings.jsonl", 5)).source());
    assertEquals(
        "securityhub", Samples.alert(Samples.line("security-hub/findings.jsonl", 17)).source());
  }
}
