package io.cattleguard.route.slack;

import io.cattleguard.edge.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;

/**
 * A channel behind a Slack incoming webhook: one message per notice, no updates, no threads.
 *
 * @param url the webhook's address, which is a secret
 */
public record SlackWebhookSettings(String name, Setting url) implements DestinationSettings {
  /** The type {@code slack-webhook}. */
  public static final class Type implements DestinationType {
    @Override
    public String name() {
      return "slack-webhook";
    }

    @Override
    public DestinationSettings read(PolicyNode node) {
      PolicyNode.Mapping keys = node.mapping("name", "type", "url-from");
      return new SlackWebhookSettings(
          DestinationSettings.name(keys), Setting.secret(keys, "url-from"));
    }
  }

  @Override
  public String type() {
    return "slack-webhook";
  }

  @Override
  public boolean isReadByPeople() {
    return true;
  }

  @Override
  public List<Setting> required() {
    return List.of(url);
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SlackWebhookDestination(this, secrets);
  }
}
