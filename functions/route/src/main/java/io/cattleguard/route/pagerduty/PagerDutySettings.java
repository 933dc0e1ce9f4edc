package io.cattleguard.route.pagerduty;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.IncidentUrl;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.Told;
import io.cattleguard.route.pagerduty.PagerEvent.Action;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The settings of a PagerDuty service.
 *
 * @param key the integration key of an "Events API v2" integration
 * @param api scheme and host; {@code https://events.eu.pagerduty.com} for accounts in Europe
 * @param incidentUrl the page of an incident, with {@code {incident}} for its id
 */
public record PagerDutySettings(String name, Setting key, URI api, Optional<String> incidentUrl)
    implements DestinationSettings {
  public static final DestinationType TYPE =
      new DestinationType("pagerduty", PagerDutySettings::read);

  private static final URI API = URI.create("https://events.pagerduty.com");

  private static PagerDutySettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "type", "key-from", "api", "incident-url");
    return new PagerDutySettings(
        name,
        Setting.secret(mapping, "key-from"),
        mapping.optional("api").map(Address::read).orElse(API),
        mapping.optional("incident-url").map(IncidentUrl::read));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(key);
  }

  @Override
  public boolean isReadByPeople() {
    return true;
  }

  @Override
  public boolean isPager() {
    return true;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new PagerDutyDestination(this, secrets, conversations);
  }

  @Override
  public String body(Delivery delivery) {
    if (!(delivery.notice() instanceof Notice.About notice)) {
      return "";
    }
    return PagerEvent.of(
            Action.TRIGGER, PagerEvent.key(notice), notice, Told.NOTHING.with(notice), incidentUrl)
        .toString();
  }
}
