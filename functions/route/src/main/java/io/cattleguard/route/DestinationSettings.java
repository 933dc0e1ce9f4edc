package io.cattleguard.route;

import io.cattleguard.edge.PolicyNode;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/** How a destination of {@code routes.yaml} is reached; holds names of secrets, never secrets. */
public sealed interface DestinationSettings {

  /**
   * A channel that a Slack app posts to: one message a problem, kept up to date, outcomes in its
   * thread.
   *
   * @param token the bot token, scope {@code chat:write}
   * @param channel the channel's id, or its name with #
   * @param api where Slack's methods are
   */
  record Slack(String name, Setting token, Setting channel, URI api)
      implements DestinationSettings {}

  /**
   * A channel behind an incoming webhook: a message a notice, no updates, no threads.
   *
   * @param url holds the secret in its path
   */
  record SlackWebhook(String name, Setting url) implements DestinationSettings {}

  /**
   * A Splunk HTTP Event Collector, which is sent OCSF.
   *
   * @param url scheme, host and port
   * @param index absent for the token's own
   */
  record SplunkHec(String name, Setting url, Setting token, Optional<String> index, boolean gzip)
      implements DestinationSettings {}

  /** The types by their names in the file. */
  enum Type {
    SLACK,
    SLACK_WEBHOOK,
    SPLUNK_HEC
  }

  /** Names of destinations and routes. */
  Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** Slack's methods, unless the file says otherwise, as GovSlack needs. */
  URI SLACK_API = URI.create("https://slack.com/api");

  /** Its name, by which routes refer to it. */
  String name();

  /** Its type, as the file names it. */
  default String type() {
    return switch (this) {
      case Slack ignored -> "slack";
      case SlackWebhook ignored -> "slack-webhook";
      case SplunkHec ignored -> "splunk-hec";
    };
  }

  /**
   * Reads one destination.
   *
   * @throws io.cattleguard.edge.PolicyException with file and line
   */
  static DestinationSettings read(PolicyNode node) {
    PolicyNode.Mapping any = node.anyMapping();
    refuseSecrets(any);
    return switch (any.required("type").oneOf(Type.class)) {
      case SLACK -> {
        PolicyNode.Mapping mapping =
            node.mapping("name", "type", "token-from", "channel", "channel-from", "api");
        yield new Slack(
            name(mapping),
            Setting.secret(mapping, "token-from"),
            Setting.read(node, mapping, "channel"),
            mapping.optional("api").map(DestinationSettings::uri).orElse(SLACK_API));
      }
      case SLACK_WEBHOOK -> {
        PolicyNode.Mapping mapping = node.mapping("name", "type", "url-from");
        yield new SlackWebhook(name(mapping), Setting.secret(mapping, "url-from"));
      }
      case SPLUNK_HEC -> {
        PolicyNode.Mapping mapping =
            node.mapping("name", "type", "url", "url-from", "token-from", "index", "gzip");
        mapping.optional("url").ifPresent(DestinationSettings::uri);
        yield new SplunkHec(
            name(mapping),
            Setting.read(node, mapping, "url"),
            Setting.secret(mapping, "token-from"),
            mapping.optional("index").map(PolicyNode::text),
            mapping.optional("gzip").map(PolicyNode::flag).orElse(true));
      }
    };
  }

  /** The name of a destination or route. */
  static String name(PolicyNode.Mapping mapping) {
    PolicyNode node = mapping.required("name");
    if (!NAME.matcher(node.text()).matches()) {
      throw node.wrong("a name is made of a-z, 0-9 and -, at most 63 of them");
    }
    return node.text();
  }

  private static void refuseSecrets(PolicyNode.Mapping mapping) {
    mapping
        .optional("token")
        .ifPresent(
            token -> {
              throw token.wrong(
                  "a token never stands in a policy; name the environment variable that holds it:"
                      + " token-from: CATTLEGUARD_SLACK_TOKEN");
            });
  }

  private static URI uri(PolicyNode node) {
    return Address.checked(node.text())
        .orElseThrow(() -> node.wrong("expected " + Address.EXPECTED));
  }
}
