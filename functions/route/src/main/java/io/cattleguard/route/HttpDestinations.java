package io.cattleguard.route;

import java.util.LinkedHashMap;
import java.util.Map;

/** Makes the destinations that {@code routes.yaml} names; the place to add a new type. */
public final class HttpDestinations {
  private HttpDestinations() {}

  /**
   * Every destination by name. One whose secret is not set is there too, and skips what it is given
   * with the reason.
   */
  public static Map<String, Destination> of(
      Routes routes, Secrets secrets, Conversations conversations) {
    Map<String, Destination> destinations = new LinkedHashMap<>();
    for (DestinationSettings settings : routes.destinations()) {
      destinations.put(
          settings.name(),
          switch (settings) {
            case DestinationSettings.Slack slack ->
                new SlackDestination(slack, secrets, conversations);
            case DestinationSettings.SlackWebhook webhook ->
                new SlackWebhookDestination(webhook, secrets);
            case DestinationSettings.SplunkHec splunk -> new SplunkHecDestination(splunk, secrets);
          });
    }
    return destinations;
  }
}
