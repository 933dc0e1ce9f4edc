package io.cattleguard.respond.kubernetes.simulation;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.simulation.Simulations;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Revocations of tokens in many random clusters. */
final class RevocationSimulationTest {
  @Test
  void promises5To11HoldForRevocationsInEveryRun() {
    Simulations.run(
        RevocationSimulation::new,
        21,
        200,
        List.of(
            ResponseOutcome.REQUESTED,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED,
            ResponseOutcome.EXTENDED));
  }
}
