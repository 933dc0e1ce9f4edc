package io.cattleguard.sensor.intake;

import java.util.Optional;

/**
 * The sender of a body, as far as a credential proves it.
 *
 * @param node the node that the credential is bound to
 * @param mayReport whether it may report what workloads do, which teaches models and makes alerts
 *     of deviations
 */
public record Sender(Optional<String> node, boolean mayReport) {
  /** A sender whose node is not proved. */
  public static final Sender UNPROVED = new Sender(Optional.empty(), false);

  /**
   * A sender on the machine of a server that verifies no credentials. A client that can post there
   * can post every alert, so a sensor there may report too.
   */
  public static final Sender OF_THIS_MACHINE = new Sender(Optional.empty(), true);

  /** The sender of a node. */
  public static Sender onNode(String node) {
    return new Sender(Optional.of(node), true);
  }
}
