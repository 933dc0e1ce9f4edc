package io.cattleguard.sources.tracee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.Samples;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tracee's severities in both of its formats. */
final class TraceeSeverityTest {
  private static Alert older(String severity) {
    return Samples.alert(
        """
        {"timestamp":1772442900000000000,"eventId":"6001","eventName":"house","processName":"x",
         "metadata":{"Properties":{"signatureID":"T","Severity":%s}}}
        """
            .formatted(severity));
  }

  private static Alert newer(String severity) {
    return Samples.alert(
        """
        {"timestamp":"2026-03-02T09:15:00Z","name":"house","workload":{"process":{}},
         "threat":{"name":"t","severity":%s}}
        """
            .formatted(severity));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "0, informational",
        "1, low",
        "2, medium",
        "3, high",
        "4, critical",
        "\"CRITICAL\", critical",
        "\"low\", low"
      })
  void theNumberOrTheName(String severity, String expected) {
    Severity named = Severity.named(expected).orElseThrow();
    assertEquals(named, older(severity).severity());
    assertEquals(named, newer(severity).severity());
  }

  @ParameterizedTest
  @CsvSource({
    "O_WRONLY|O_CREAT, T1053.003",
    "O_RDWR,           T1053.003",
    "O_RDONLY,         ",
    "'',               "
  })
  void aFileIsWrittenIfItsFlagsSaySo(String flags, String technique) {
    Alert alert =
        Samples.alert(
            """
            {"timestamp":1772442900000000000,"eventId":"6001","eventName":"house",
             "processName":"x","args":[{"name":"pathname","value":"/etc/cron.d/job"},
             {"name":"flags","value":"%s"}],"metadata":{"Properties":{"Severity":1}}}
            """
                .formatted(flags));
    assertEquals(technique == null ? List.of() : List.of(technique), alert.techniques());
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "-1"})
  void anotherNumberIsNoted(String severity) {
    assertNull(older(severity).severity());
    assertEquals(
        List.of("metadata.Properties.Severity: expected a number from 0 to 4, found " + severity),
        older(severity).notes());
  }
}
