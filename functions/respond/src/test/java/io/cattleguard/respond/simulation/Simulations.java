package io.cattleguard.respond.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TakesLong;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Runs simulations with many seeds and expects no violation; without {@code
 * -Dcattleguard.long=true}, with four seeds. {@code -Dcattleguard.seeds=N} sets the number of
 * seeds, {@code -Dcattleguard.first=N} the first one, and {@code -Dcattleguard.seed=N} runs only
 * one.
 */
public final class Simulations {
  private static final int STEPS = 1_500;
  private static final int ENOUGH = 20;
  private static final int FEW = 4;

  private Simulations() {}

  /**
   * Runs a simulation with each seed.
   *
   * @param seeds how many of them in the tests that take long, unless a property says so
   * @param expected outcomes that more than twenty runs must tell
   */
  public static void run(
      LongFunction<Simulation> world, int seeds, List<ResponseOutcome> expected) {
    run(world, FEW, seeds, expected);
  }

  /**
   * The same for a simulation whose runs are short.
   *
   * @param few how many of them in the other tests
   */
  public static void run(
      LongFunction<Simulation> world, int few, int seeds, List<ResponseOutcome> expected) {
    long first = Long.getLong("cattleguard.seed", Long.getLong("cattleguard.first", 1));
    int runs =
        System.getProperty("cattleguard.seed") == null
            ? Integer.getInteger(
                "cattleguard.seeds", Boolean.getBoolean(TakesLong.PROPERTY) ? seeds : few)
            : 1;
    Map<ResponseOutcome, Integer> told = new EnumMap<>(ResponseOutcome.class);
    long steps = 0;
    for (long seed = first; seed < first + runs; seed++) {
      Simulation simulation = world.apply(seed);
      assertEquals(List.of(), simulation.run(STEPS), "seed " + seed);
      steps += simulation.steps();
      simulation.told().forEach((outcome, times) -> told.merge(outcome, times, Integer::sum));
    }
    System.out.println("Simulated " + steps + " steps in " + runs + " worlds: " + told);
    if (runs > ENOUGH) {
      for (ResponseOutcome outcome : expected) {
        assertTrue(told.getOrDefault(outcome, 0) > 0, "never seen: " + outcome + " in " + told);
      }
    }
  }
}
