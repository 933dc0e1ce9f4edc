package io.cattleguard.route.slack;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.slack.message.SlackMessage;
import java.util.List;

/**
 * The settings of an incoming webhook: one message per notice, no updates, no threads.
 *
 * @param url contains the secret in its path
 */
public record SlackWebhookSettings(String name, Setting url) implements DestinationSettings {
  public static final DestinationType TYPE =
      new DestinationType("slack-webhook", SlackWebhookSettings::read);

  private static SlackWebhookSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "type", "url-from");
    return new SlackWebhookSettings(name, Setting.secret(mapping, "url-from"));
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
    return new SlackWebhookDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return SlackArguments.quiet(SlackMessage.whole(delivery.notice())).toString();
  }
}
