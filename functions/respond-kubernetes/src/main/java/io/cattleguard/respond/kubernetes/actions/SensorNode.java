package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Objection;
import java.util.Optional;
import java.util.function.Function;

/** Asks which node an alert comes from, if a credential names the pod of its sensor. */
final class SensorNode {
  private SensorNode() {}

  /**
   * What a guard objects to the node of the sensor's pod. It objects to every action while that
   * node is unknown.
   *
   * @param sensor the sensor's pod, as the alert names it
   */
  static Optional<Objection> objection(
      String sensor, Fact<Optional<String>> node, Function<String, Optional<Objection>> to) {
    return switch (node) {
      case Fact.Known<Optional<String>> known ->
          known
              .value()
              .map(to)
              .orElseGet(
                  () ->
                      Optional.of(
                          Objection.unread(
                              "the sensor's pod "
                                  + sensor
                                  + " no longer exists, so the alert's node is not known")));
      case Fact.Unknown<Optional<String>> unknown ->
          Optional.of(
              Objection.unread(
                  "cannot read the node of the sensor's pod " + sensor + ": " + unknown.reason()));
    };
  }
}
