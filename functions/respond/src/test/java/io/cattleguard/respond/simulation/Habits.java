package io.cattleguard.respond.simulation;

import java.util.Random;

/**
 * The kinds of events in one run. Runs without some kinds reach states that these kinds hide in
 * other runs: while the kill switch is on, no action reaches a limit (<a
 * href="https://doi.org/10.1145/2338965.2336763">swarm testing</a>).
 *
 * @param callsPerFault 0 for none
 * @param callsPerThrottling 0 for none
 * @param ordersPerDenial 0 for none
 * @param stops whether people turn the kill switch on
 * @param kills whether responders are killed
 * @param sweepShare how many of a thousand steps look for leases that have ended, up to 30
 * @param undoes whether people often undo something at once
 * @param slow whether alerts come seldom, so that leases end between them
 */
record Habits(
    int callsPerFault,
    int callsPerThrottling,
    int ordersPerDenial,
    boolean stops,
    boolean kills,
    int sweepShare,
    boolean undoes,
    boolean slow) {
  static Habits of(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> new Habits(150, 2_000, 3, true, true, 20, false, random.nextInt(3) == 0);
      case 1 ->
          new Habits(
              random.nextBoolean() ? 0 : 40,
              random.nextBoolean() ? 0 : 1_000,
              random.nextBoolean() ? 0 : 1,
              random.nextInt(3) == 0,
              random.nextBoolean(),
              10 + random.nextInt(20),
              random.nextBoolean(),
              random.nextBoolean());
      default ->
          new Habits(
              0,
              0,
              random.nextInt(3) == 0 ? 1 : 0,
              false,
              random.nextInt(3) == 0,
              30,
              random.nextBoolean(),
              random.nextBoolean());
    };
  }

  /** Whether what happens once in so many times happens now. */
  boolean happens(int times, Random random) {
    return times > 0 && random.nextInt(times) == 0;
  }
}
