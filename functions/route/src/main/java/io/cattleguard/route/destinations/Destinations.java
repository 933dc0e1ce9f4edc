package io.cattleguard.route.destinations;

import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Routes;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.slack.SlackSettings;
import io.cattleguard.route.slack.SlackWebhookSettings;
import io.cattleguard.route.splunk.SplunkHecSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The registry of destination types, and the destinations of a policy. */
public final class Destinations {
  /** All types of destinations; a new type is one line here. */
  public static final List<DestinationType> TYPES =
      List.of(
          new SlackSettings.Type(), new SlackWebhookSettings.Type(), new SplunkHecSettings.Type());

  private Destinations() {}

  /** Opens every destination of the routes, by name. */
  public static Map<String, Destination> of(
      Routes routes, Secrets secrets, Conversations conversations) {
    Map<String, Destination> destinations = new LinkedHashMap<>();
    for (DestinationSettings settings : routes.destinations()) {
      destinations.put(settings.name(), settings.open(secrets, conversations));
    }
    return destinations;
  }
}
