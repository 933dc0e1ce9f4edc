package io.cattleguard.respond.kubernetes.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class RevocationSimulationTest {
  @Test
  void promise5OnlyTheExactPodIsRevokedAndEachRevocationIsUndone() {
    int revoked = 0;
    for (long seed = 1; seed <= 40; seed++) {
      revoked += new RevocationSimulation(seed).run() ? 1 : 0;
    }
    assertTrue(revoked > 20, revoked + " of 40 runs revoked something");
  }
}
