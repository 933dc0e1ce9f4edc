package io.cattleguard.route.splunk;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;
import java.util.Optional;

/**
 * The settings of a Splunk HTTP Event Collector, which gets OCSF.
 *
 * @param url scheme, host and port
 * @param index absent for the token's default index
 */
public record SplunkHecSettings(
    String name, Setting url, Setting token, Optional<String> index, boolean gzip)
    implements DestinationSettings {
  public static final DestinationType TYPE =
      new DestinationType("splunk-hec", SplunkHecSettings::read);

  private static SplunkHecSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping =
        node.mapping("name", "type", "url", "url-from", "token-from", "index", "gzip");
    mapping.optional("url").ifPresent(Address::read);
    return new SplunkHecSettings(
        name,
        Setting.read(node, mapping, "url"),
        Setting.secret(mapping, "token-from"),
        mapping.optional("index").map(PolicyNode::text),
        mapping.optional("gzip").map(PolicyNode::flag).orElse(true));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(token, url);
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SplunkHecDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return SplunkEvent.of(delivery, index).toString();
  }
}
