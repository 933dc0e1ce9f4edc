package io.cattleguard.respond.kubernetes.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Many seeds, no violation. {@code -Dcattleguard.seeds=N} runs other numbers of them, {@code
 * -Dcattleguard.first=N} begins with another one, and {@code -Dcattleguard.seed=N} runs one alone.
 */
final class SimulationTest {
  private static final int STEPS = 1_500;

  @Test
  void promises5To12HoldInEveryRun() {
    long first = Long.getLong("cattleguard.seed", Long.getLong("cattleguard.first", 1));
    int seeds =
        System.getProperty("cattleguard.seed") == null
            ? Integer.getInteger("cattleguard.seeds", 15)
            : 1;
    Map<ResponseOutcome, Integer> told = new EnumMap<>(ResponseOutcome.class);
    long steps = 0;
    for (long seed = first; seed < first + seeds; seed++) {
      Simulation simulation = new Simulation(seed);
      assertEquals(List.of(), simulation.run(STEPS), "seed " + seed);
      steps += simulation.steps();
      simulation.told().forEach((outcome, times) -> told.merge(outcome, times, Integer::sum));
    }
    System.out.println("Simulated " + steps + " steps in " + seeds + " worlds: " + told);
    if (seeds > 10) {
      for (ResponseOutcome outcome :
          List.of(
              ResponseOutcome.TAKEN,
              ResponseOutcome.REFUSED,
              ResponseOutcome.FAILED,
              ResponseOutcome.OBSERVED,
              ResponseOutcome.RELEASED,
              ResponseOutcome.EXTENDED)) {
        assertTrue(told.getOrDefault(outcome, 0) > 0, "never seen: " + outcome + " in " + told);
      }
    }
  }
}
