package io.cattleguard.app.drill;

/** The input of injected events. */
@FunctionalInterface
interface DrillInput {
  /**
   * Sends one event.
   *
   * @throws io.cattleguard.edge.port.Unavailable with what to do, if it is not accepted
   */
  void send(String event);
}
