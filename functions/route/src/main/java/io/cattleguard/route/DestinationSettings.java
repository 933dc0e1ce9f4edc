package io.cattleguard.route;

import java.net.URI;
import java.util.List;
import java.util.Map;
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

  /** Whether it pages people, so that a test message must end its own page. */
  default boolean isPager() {
    return false;
  }

  /** Creates the destination. It reads its secrets at each delivery, so they may be set later. */
  Destination open(Secrets secrets, Conversations conversations);

  /**
   * A copy whose messages link to the runbooks of playbooks, if they can.
   *
   * @param runbooks by the name of their playbook
   */
  default DestinationSettings withRunbooks(Map<String, URI> runbooks) {
    return this;
  }

  /** Whether its messages have buttons for commands. */
  default boolean hasButtons() {
    return false;
  }

  /** A copy whose messages have no buttons. */
  default DestinationSettings withoutButtons() {
    return this;
  }

  /** The body that would be sent for a delivery, without address and secrets. Sends nothing. */
  String body(Delivery delivery);

  /** Whether all needed settings are set. */
  default boolean isConfigured(Secrets secrets) {
    return missing(secrets).isEmpty();
  }

  /** Whether a part of the needed settings is set, so that messages are expected. */
  default boolean isBegun(Secrets secrets) {
    return needs().stream()
        .anyMatch(setting -> setting instanceof Setting.From && setting.isSet(secrets));
  }

  /**
   * The outcome of every delivery while a setting is missing; empty if none is missing. If only a
   * part of the settings is set, the outcome is {@link Outcome.Blocked}.
   */
  default Optional<Outcome> notConfigured(Secrets secrets) {
    List<String> missing = missing(secrets);
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    String what = String.join(" and ", missing) + (missing.size() == 1 ? " is" : " are");
    return Optional.of(
        isBegun(secrets)
            ? new Outcome.Blocked("incomplete: " + what + " not set")
            : new Outcome.NotConfigured("not configured: " + what + " not set"));
  }

  /** The missing settings, as a text. */
  private List<String> missing(Secrets secrets) {
    return needs().stream()
        .filter(setting -> !setting.isSet(secrets))
        .map(Setting::described)
        .toList();
  }
}
