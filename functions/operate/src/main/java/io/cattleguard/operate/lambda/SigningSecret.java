package io.cattleguard.operate.lambda;

import io.cattleguard.edge.port.Unavailable;
import java.time.Instant;

/** The secret with which Slack signs requests to the app. */
@FunctionalInterface
interface SigningSecret {
  /**
   * The secret.
   *
   * @throws Unavailable if it cannot be read
   */
  String read(Instant now);
}
