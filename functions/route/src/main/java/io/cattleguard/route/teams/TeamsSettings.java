package io.cattleguard.route.teams;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.IncidentUrl;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;
import java.util.Optional;

/**
 * The settings of a Teams workflow "When a Teams webhook request is received".
 *
 * @param url contains the secret in its query
 * @param incidentUrl the page of an incident, with {@code {incident}} for its id
 */
public record TeamsSettings(String name, Setting url, Optional<String> incidentUrl)
    implements DestinationSettings {
  public static final DestinationType TYPE = new DestinationType("teams", TeamsSettings::read);

  private static TeamsSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "type", "url-from", "incident-url");
    return new TeamsSettings(
        name,
        Setting.secret(mapping, "url-from"),
        mapping.optional("incident-url").map(IncidentUrl::read));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(url);
  }

  @Override
  public boolean isReadByPeople() {
    return true;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new TeamsDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return TeamsCard.of(delivery.notice(), incidentUrl);
  }
}
