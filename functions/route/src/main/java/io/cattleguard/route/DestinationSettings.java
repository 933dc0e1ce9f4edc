package io.cattleguard.route;

import io.cattleguard.edge.PolicyNode;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;

/** The settings of one destination of {@code routes.yaml}: names of secrets, never secrets. */
public interface DestinationSettings {
  /** Valid names of destinations and routes. */
  Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** The name that routes refer to. */
  String name();

  /** The type, as the file names it. */
  String type();

  /** Whether people read this destination, rather than a machine. */
  boolean isReadByPeople();

  /** The settings without which the destination cannot deliver. */
  List<Setting> required();

  /** Makes the destination. It skips deliveries, with the reason, while a setting is missing. */
  Destination open(Secrets secrets, Conversations conversations);

  /** Whether all required settings have a value. */
  default boolean isConfigured(Secrets secrets) {
    return required().stream().allMatch(setting -> setting.value(secrets).isPresent());
  }

  /** Reads the name of a destination or route. */
  static String name(PolicyNode.Mapping mapping) {
    PolicyNode node = mapping.required("name");
    if (!NAME.matcher(node.text()).matches()) {
      throw node.wrong("use at most 63 of a-z, 0-9 and - in a name");
    }
    return node.text();
  }

  /** Reads an address that a secret may be sent to. */
  static URI uri(PolicyNode node) {
    return Address.checked(node.text())
        .orElseThrow(() -> node.wrong("expected " + Address.EXPECTED));
  }
}
