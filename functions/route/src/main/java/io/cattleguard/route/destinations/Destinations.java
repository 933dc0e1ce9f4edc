package io.cattleguard.route.destinations;

import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Routes;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.elastic.ElasticSettings;
import io.cattleguard.route.pagerduty.PagerDutySettings;
import io.cattleguard.route.s3.S3Settings;
import io.cattleguard.route.securityhub.SecurityHubSettings;
import io.cattleguard.route.slack.SlackSettings;
import io.cattleguard.route.slack.SlackWebhookSettings;
import io.cattleguard.route.sns.SnsSettings;
import io.cattleguard.route.splunk.SplunkHecSettings;
import io.cattleguard.route.teams.TeamsSettings;
import io.cattleguard.route.webhook.WebhookSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The registry of destination types for {@code routes.yaml}; a new type is one line here. */
public final class Destinations {
  /** The types, in the order in which errors list them. */
  public static final List<DestinationType> TYPES =
      List.of(
          SlackSettings.TYPE,
          SlackWebhookSettings.TYPE,
          SplunkHecSettings.TYPE,
          PagerDutySettings.TYPE,
          WebhookSettings.TYPE,
          TeamsSettings.TYPE,
          ElasticSettings.TYPE,
          S3Settings.TYPE,
          SnsSettings.TYPE,
          SecurityHubSettings.TYPE);

  private Destinations() {}

  /**
   * Creates every destination, by name. A destination whose secret is not set skips its deliveries
   * with that reason.
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
