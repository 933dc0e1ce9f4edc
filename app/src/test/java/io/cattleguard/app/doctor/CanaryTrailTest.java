package io.cattleguard.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CanaryTrailTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private final CanaryTrail trail = new CanaryTrail();

  private static ObjectNode line(String counter) {
    return JsonNodeFactory.instance.objectNode().put(counter, 1);
  }

  private void passed(int minutesAgo, String exceptAt) {
    Instant at = NOW.minus(Duration.ofMinutes(minutesAgo));
    for (String step : CanaryTrail.STEPS) {
      if (!step.equals(exceptAt)) {
        trail.add(step, line("canaries"), at);
      }
    }
    if (!exceptAt.equals("route-outcome")) {
      trail.add("route", line("canaryOutcomes"), at);
    }
  }

  @Test
  void theLastOneIsNamedWithItsTime() {
    passed(20, "");
    passed(5, "");

    Diagnosis found = trail.examine(NOW);

    assertEquals(Diagnosis.Result.OK, found.result());
    assertEquals(
        "the last one passed every step and came back 5 min ago, at 2026-03-02T09:10:00Z",
        found.says());
  }

  @Test
  void noneAtAllIsAProblemOfTheSchedule() {
    Diagnosis found = trail.examine(NOW);

    assertEquals(Diagnosis.Result.PROBLEM, found.result());
    assertTrue(found.says().contains("schedule"), found.says());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"score", "respond-kubernetes", "respond-aws", "route", "route-outcome", "record"})
  void theStepThatItDoesNotPassIsNamed(String step) {
    passed(35, "");
    passed(20, step);
    passed(5, step);

    Diagnosis found = trail.examine(NOW);

    assertEquals(Diagnosis.Result.PROBLEM, found.result());
    assertTrue(
        found.says().startsWith("does not pass " + step + ", the last one that did: 2026"),
        found.says());
  }

  @Test
  void theLatestMayBeUnderWay() {
    passed(20, "");
    trail.add("deduplicate", line("canaries"), NOW);

    assertEquals(Diagnosis.Result.OK, trail.examine(NOW).result());
  }
}
