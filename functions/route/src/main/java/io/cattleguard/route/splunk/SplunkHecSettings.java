package io.cattleguard.route.splunk;

import io.cattleguard.edge.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;
import java.util.Optional;

/**
 * A Splunk HTTP Event Collector, which receives OCSF.
 *
 * @param url scheme, host and port
 * @param index empty for the token's default index
 */
public record SplunkHecSettings(
    String name, Setting url, Setting token, Optional<String> index, boolean gzip)
    implements DestinationSettings {
  /** The type {@code splunk-hec}. */
  public static final class Type implements DestinationType {
    @Override
    public String name() {
      return "splunk-hec";
    }

    @Override
    public DestinationSettings read(PolicyNode node) {
      PolicyNode.Mapping keys =
          node.mapping("name", "type", "url", "url-from", "token-from", "index", "gzip");
      keys.optional("url").ifPresent(DestinationSettings::uri);
      return new SplunkHecSettings(
          DestinationSettings.name(keys),
          Setting.read(node, keys, "url"),
          Setting.secret(keys, "token-from"),
          keys.optional("index").map(PolicyNode::text),
          keys.optional("gzip").map(PolicyNode::flag).orElse(true));
    }
  }

  @Override
  public String type() {
    return "splunk-hec";
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public List<Setting> required() {
    return List.of(url, token);
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SplunkHecDestination(this, secrets);
  }
}
