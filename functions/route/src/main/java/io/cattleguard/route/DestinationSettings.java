package io.cattleguard.route;

import java.util.List;
import java.util.Optional;

/**
 * The settings of one destination of {@code routes.yaml}. They hold names of secrets, never
 * secrets.
 */
public interface DestinationSettings {

  /** The name by which routes refer to it. */
  String name();

  /** The type as written in the file. */
  String type();

  /** The settings that must be set before anything can be sent. */
  List<Setting> needs();

  /** Whether people read the destination, rather than a machine. */
  boolean isReadByPeople();

  /** Creates the destination. It reads its secrets at each delivery, so they may be set later. */
  Destination open(Secrets secrets, Conversations conversations);

  /** The body that would be sent for a delivery, without address and secrets. Sends nothing. */
  String body(Delivery delivery);

  /** Whether all needed settings are set. */
  default boolean isConfigured(Secrets secrets) {
    return missing(secrets).isEmpty();
  }

  /** The outcome of every delivery while a setting is missing; empty if none is missing. */
  default Optional<Outcome> notConfigured(Secrets secrets) {
    return missing(secrets).map(Setting::notConfigured);
  }

  private Optional<Setting> missing(Secrets secrets) {
    return needs().stream().filter(setting -> setting.value(secrets).isEmpty()).findFirst();
  }
}
