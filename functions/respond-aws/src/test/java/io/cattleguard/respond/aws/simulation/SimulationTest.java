package io.cattleguard.respond.aws.simulation;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.simulation.Simulations;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The actions in an AWS account in many random accounts. */
final class SimulationTest {
  @Test
  void promises5To12HoldInEveryRun() {
    Simulations.run(
        AccountSimulation::new,
        32,
        List.of(
            ResponseOutcome.TAKEN,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED,
            ResponseOutcome.EXTENDED));
  }

  @Test
  void promises5To12HoldForIdentitiesInEveryRun() {
    Simulations.run(
        IdentitySimulation::new,
        32,
        List.of(
            ResponseOutcome.TAKEN,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED,
            ResponseOutcome.EXTENDED));
  }

  @Test
  void promises5To12HoldForAddressesInEveryRun() {
    Simulations.run(
        AddressSimulation::new,
        25,
        List.of(
            ResponseOutcome.REQUESTED,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED));
  }

  @Test
  void promises5To12HoldForStorageInEveryRun() {
    Simulations.run(
        StorageSimulation::new,
        25,
        List.of(
            ResponseOutcome.TAKEN,
            ResponseOutcome.REQUESTED,
            ResponseOutcome.REFUSED,
            ResponseOutcome.FAILED,
            ResponseOutcome.OBSERVED,
            ResponseOutcome.AWAITING_APPROVAL,
            ResponseOutcome.RELEASED));
  }
}
