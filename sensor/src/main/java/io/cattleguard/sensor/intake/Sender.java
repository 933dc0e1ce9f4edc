package io.cattleguard.sensor.intake;

import java.util.Optional;

/**
 * Who posted a body, as far as a credential proves it.
 *
 * @param node the node that the credential is bound to
 */
public record Sender(Optional<String> node) {
  /** A sender whose node is not proved. */
  public static final Sender UNPROVED = new Sender(Optional.empty());

  /** The sender of a node. */
  public static Sender onNode(String node) {
    return new Sender(Optional.of(node));
  }
}
