package io.cattleguard.route.securityhub;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.Told;
import io.cattleguard.route.brief.Brief;
import java.util.List;

/**
 * The settings of Security Hub in one account and region.
 *
 * @param account the account whose credentials are used; Security Hub accepts findings of no other
 *     account
 */
public record SecurityHubSettings(String name, Setting account) implements DestinationSettings {
  public static final DestinationType TYPE =
      new DestinationType("security-hub", SecurityHubSettings::read);

  private static SecurityHubSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "type", "account", "account-from");
    return new SecurityHubSettings(name, Setting.read(node, mapping, "account"));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(account);
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SecurityHubDestination(this, secrets, conversations);
  }

  @Override
  public String body(Delivery delivery) {
    return delivery.notice() instanceof Notice.About about
        ? HubFinding.of(
                about, Told.NOTHING.with(about), "123456789012", "us-east-1", Brief.of(about).at())
            .toString()
        : Brief.of(delivery.notice()).line();
  }
}
