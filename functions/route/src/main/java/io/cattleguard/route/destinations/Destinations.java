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

/** The types of destinations that {@code routes.yaml} can name; a new type is one line here. */
public final class Destinations {
  /** In the order in which an error lists them. */
  public static final List<DestinationType> TYPES =
      List.of(SlackSettings.TYPE, SlackWebhookSettings.TYPE, SplunkHecSettings.TYPE);

  private Destinations() {}

  /**
   * Every destination by name. One whose secret is not set is there too, and skips what it is given
   * with the reason.
   */
  public static Map<String, Destination> open(
      Routes routes, Secrets secrets, Conversations conversations) {
    Map<String, Destination> destinations = new LinkedHashMap<>();
    for (DestinationSettings settings : routes.destinations()) {
      destinations.put(settings.name(), settings.open(secrets, conversations));
    }
    return destinations;
  }
}
