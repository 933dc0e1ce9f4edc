package io.cattleguard.app.drill;

/** Where injected events go in. */
@FunctionalInterface
interface DrillInput {
  /**
   * Sends one event.
   *
   * @throws io.cattleguard.edge.port.Unavailable with what to do, if it is not taken
   */
  void send(String event);
}
