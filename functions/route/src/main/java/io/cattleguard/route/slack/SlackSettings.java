package io.cattleguard.route.slack;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.Told;
import io.cattleguard.route.slack.message.LinkTemplate;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackView;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * The settings of a channel that a Slack app posts to: one updated message per incident, with
 * further alerts and outcomes in its thread.
 *
 * @param token the bot token, scope {@code chat:write}
 * @param channel the channel's id, or its name with #
 * @param api base URL of Slack's methods
 * @param view additional content of messages
 */
public record SlackSettings(String name, Setting token, Setting channel, URI api, SlackView view)
    implements DestinationSettings {
  public static final DestinationType TYPE = new DestinationType("slack", SlackSettings::read);

  /** The default base URL; GovSlack needs another. */
  private static final URI SLACK_API = URI.create("https://slack.com/api");

  private static SlackSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping =
        node.mapping(
            "name", "type", "token-from", "channel", "channel-from", "api", "buttons", "links");
    return new SlackSettings(
        name,
        Setting.secret(mapping, "token-from"),
        Setting.read(node, mapping, "channel"),
        mapping.optional("api").map(Address::read).orElse(SLACK_API),
        new SlackView(
            mapping.optional("buttons").map(PolicyNode::flag).orElse(false),
            mapping.optional("links").map(LinkTemplate::read).orElse(List.of()),
            Map.of()));
  }

  @Override
  public DestinationSettings withRunbooks(Map<String, URI> runbooks) {
    return new SlackSettings(
        name, token, channel, api, new SlackView(view.buttons(), view.links(), runbooks));
  }

  @Override
  public boolean hasButtons() {
    return view.buttons();
  }

  @Override
  public DestinationSettings withoutButtons() {
    return new SlackSettings(
        name, token, channel, api, new SlackView(false, view.links(), view.runbooks()));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(token, channel);
  }

  @Override
  public boolean isReadByPeople() {
    return true;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SlackDestination(this, secrets, conversations);
  }

  @Override
  public String body(Delivery delivery) {
    Notice notice = delivery.notice();
    SlackMessage message =
        notice instanceof Notice.Scored scored
            ? SlackMessage.incident(Told.NOTHING.with(scored), view)
            : SlackMessage.of(notice, view);
    return SlackArguments.quiet(message).toString();
  }
}
