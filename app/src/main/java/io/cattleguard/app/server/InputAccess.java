package io.cattleguard.app.server;

import java.util.Optional;
import java.util.Set;

/**
 * Who may post alerts to a server.
 *
 * @param token a token that clients share; it proves that a client is a sender, but not its node
 * @param accounts service accounts as {@code NAMESPACE/NAME}, whose tokens prove their node
 */
record InputAccess(Optional<String> token, Set<String> accounts) {
  /** Only the accounts of the sensor's chart. */
  static final InputAccess DEFAULT =
      new InputAccess(Optional.empty(), Set.of("cattleguard/cattleguard-sensor"));

  InputAccess {
    accounts = Set.copyOf(accounts);
  }
}
