package io.cattleguard.respond.kubernetes.simulation;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.simulation.Simulations;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The actions on pods in many random clusters. */
final class SimulationTest {
  @Test
  void promises5To12HoldInEveryRun() {
    Simulations.run(
        ClusterSimulation::new,
        52,
        List.of(
            ResponseOutcome.TAKEN,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED,
            ResponseOutcome.EXTENDED));
  }
}
