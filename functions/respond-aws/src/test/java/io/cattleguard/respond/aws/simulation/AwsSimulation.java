package io.cattleguard.respond.aws.simulation;

import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.simulation.Simulation;

/** The common part of the simulations of an account. */
abstract class AwsSimulation extends Simulation {
  AwsSimulation(long seed) {
    super(seed);
  }

  @Override
  protected final StoredLedger ledgerIn(VersionedTable shared) {
    return new StoredLedger(shared);
  }

  @Override
  protected void passed() {}

  @Override
  protected final int alertShare() {
    return 60;
  }

  @Override
  protected Object denied() {
    return new Network.Change.Denied("AccessDenied");
  }
}
