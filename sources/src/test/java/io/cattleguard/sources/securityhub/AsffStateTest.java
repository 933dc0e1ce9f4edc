package io.cattleguard.sources.securityhub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.Samples;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the severity of a finding, and whether it is still open. */
final class AsffStateTest {
  private static String finding(String more) {
    return """
    {"SchemaVersion":"2018-10-08","Id":"f1","GeneratorId":"g","AwsAccountId":"111122223333",
     "ProductArn":"p","UpdatedAt":"2026-03-02T09:15:05Z","Title":"t",
     "Types":["TTPs/Impact/x"],%s}
    """
        .formatted(more.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource({
    "100, critical",
    "90, critical",
    "89, high",
    "70, high",
    "69, medium",
    "40, medium",
    "39, low",
    "1, low",
    "0, informational"
  })
  void aNormalizedNumberHasTheBandsOfTheFormat(int normalized, String expected) {
    assertEquals(
        Severity.named(expected).orElseThrow(),
        Samples.alert(finding("'Severity':{'Normalized':" + normalized + "}")).severity());
  }

  @Test
  void theLabelComesFirst() {
    assertEquals(
        Severity.LOW,
        Samples.alert(finding("'Severity':{'Label':'LOW','Normalized':90}")).severity());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'Workflow':{'Status':'RESOLVED'}",
        "'Workflow':{'Status':'SUPPRESSED'}",
        "'Workflow':{'Status':'NOTIFIED'}",
        "'WorkflowState':'RESOLVED'",
        "'RecordState':'ARCHIVED'",
        "'Compliance':{'Status':'PASSED'}",
        "'Compliance':{'Status':'NOT_AVAILABLE'}",
      })
  void whatIsSettledIsNoAlert(String state) {
    assertInstanceOf(
        Reading.Ignored.class,
        new AlertReader().read(finding(state), new Origin(null, Instant.EPOCH)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'Workflow':{'Status':'NEW'},'RecordState':'ACTIVE'",
        "'Workflow':{'Status':'NEW'},'WorkflowState':'RESOLVED'",
        "'Compliance':{'Status':'WARNING'}",
        "'Compliance':{'Status':'FAILED'}",
      })
  void whatIsOpenIsOne(String state) {
    assertEquals("securityhub", Samples.alert(finding(state)).source());
  }

  @Test
  void aControlIsAConfigurationWhateverItsType() {
    assertEquals(
        AlertClass.CONFIGURATION,
        Samples.alert(finding("'Compliance':{'Status':'FAILED'}")).alertClass());
    assertEquals(AlertClass.RUNTIME, Samples.alert(finding("'x':1")).alertClass());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'Sample':true",
        "'ProductFields':{'aws/guardduty/service/additionalInfo/sample':'true'}",
      })
  void aSampleIsMarked(String sample) {
    assertTrue(Samples.alert(finding(sample)).has(Trait.SAMPLE));
  }
}
