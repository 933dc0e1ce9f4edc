package io.cattleguard.route.slack;

import io.cattleguard.edge.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.net.URI;
import java.util.List;

/**
 * A channel that a Slack app posts to: one message per problem, which is updated, and outcomes in
 * its thread.
 *
 * @param token the bot token, scope {@code chat:write}
 * @param channel the channel's id, or its name with #
 * @param api the address of Slack's methods; GovSlack has another
 */
public record SlackSettings(String name, Setting token, Setting channel, URI api)
    implements DestinationSettings {
  private static final URI API = URI.create("https://slack.com/api");

  /** The type {@code slack}. */
  public static final class Type implements DestinationType {
    @Override
    public String name() {
      return "slack";
    }

    @Override
    public DestinationSettings read(PolicyNode node) {
      PolicyNode.Mapping keys =
          node.mapping("name", "type", "token-from", "channel", "channel-from", "api");
      return new SlackSettings(
          DestinationSettings.name(keys),
          Setting.secret(keys, "token-from"),
          Setting.read(node, keys, "channel"),
          keys.optional("api").map(DestinationSettings::uri).orElse(API));
    }
  }

  @Override
  public String type() {
    return "slack";
  }

  @Override
  public boolean isReadByPeople() {
    return true;
  }

  @Override
  public List<Setting> required() {
    return List.of(token, channel);
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SlackDestination(this, secrets, conversations);
  }
}
