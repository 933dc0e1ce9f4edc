package io.cattleguard.sources.parsing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounds of severities that several sources share. */
final class SeveritiesTest {
  @ParameterizedTest
  @CsvSource({
    "1, LOW",
    "3, LOW",
    "4, MEDIUM",
    "6, MEDIUM",
    "7, HIGH",
    "8, HIGH",
    "9, CRITICAL",
    "10, CRITICAL",
    "0, ",
    "11, ",
    "-1, "
  })
  void aNumberFromOneToTenHasItsBand(int number, Severity expected) {
    Fields fields = Fields.of(JsonNodeFactory.instance.objectNode().put("s", number));
    assertEquals(expected, Severities.ofTen(fields, "s"));
    assertEquals(expected, Severities.ofTenOrNamed(fields, "s"));
  }

  @ParameterizedTest
  @CsvSource({
    "RUNTIME, HIGH, true", "RUNTIME, CRITICAL, true", "RUNTIME, MEDIUM, false",
    "RUNTIME, , false", "CONFIGURATION, CRITICAL, false", "AUDIT, CRITICAL, false"
  })
  void onlyAGraveThreatSpeaksOfAnIntrusion(
      AlertClass alertClass, Severity severity, boolean isIntrusion) {
    assertEquals(
        isIntrusion ? List.of(Trait.INTRUSION) : List.of(),
        Threats.traits(alertClass, severity, false));
  }
}
