package io.cattleguard.route;

import java.util.List;
import java.util.Optional;

/**
 * One destination of {@code routes.yaml}: how it is reached, and who reads what is sent there. It
 * holds names of secrets, never secrets.
 */
public interface DestinationSettings {

  /** The name by which routes refer to it. */
  String name();

  /** The type, as the file names it. */
  String type();

  /** The settings without which nothing can be sent there. */
  List<Setting> needs();

  /** Whether people read what is sent there, rather than a machine. */
  boolean isReadByPeople();

  /**
   * The destination itself. It reads its secrets when it delivers, so it can be made before they
   * are set.
   */
  Destination open(Secrets secrets, Conversations conversations);

  /** What would be sent about a delivery, without the address and the secrets; sends nothing. */
  String body(Delivery delivery);

  /** Whether everything that it needs is set. */
  default boolean isConfigured(Secrets secrets) {
    return missing(secrets).isEmpty();
  }

  /** The outcome of every delivery while a setting is missing; empty where none is. */
  default Optional<Outcome> notConfigured(Secrets secrets) {
    return missing(secrets).map(Setting::notConfigured);
  }

  private Optional<Setting> missing(Secrets secrets) {
    return needs().stream().filter(setting -> setting.value(secrets).isEmpty()).findFirst();
  }
}
