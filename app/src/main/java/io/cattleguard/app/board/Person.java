package io.cattleguard.app.board;

/**
 * A person who uses the board.
 *
 * @param identity as the deployment verified it; empty if the operator verifies each command
 * @param by the name that others see
 */
public record Person(String identity, String by) {
  /** A description for people. */
  String inWords() {
    return identity.isEmpty() ? by : by + " (" + identity + ")";
  }
}
