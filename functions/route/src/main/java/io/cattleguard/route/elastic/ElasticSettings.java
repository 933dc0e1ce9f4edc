package io.cattleguard.route.elastic;

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
import java.util.regex.Pattern;

/**
 * The settings of an Elasticsearch or OpenSearch cluster, which gets OCSF.
 *
 * @param url scheme, host and port
 * @param credentials an encoded API key, or {@code user:password}
 * @param index the name of a data stream, an index or an alias
 */
public record ElasticSettings(
    String name, Setting url, Scheme scheme, Setting credentials, String index, boolean gzip)
    implements DestinationSettings {
  public static final DestinationType TYPE =
      new DestinationType("elasticsearch", ElasticSettings::read);

  private static final Pattern INDEX = Pattern.compile("[a-z0-9][a-z0-9._-]{0,199}");

  /** How requests to the cluster are authenticated. */
  enum Scheme {
    API_KEY,
    BASIC
  }

  private static ElasticSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping =
        node.mapping(
            "name", "type", "url", "url-from", "api-key-from", "basic-from", "index", "gzip");
    mapping.optional("url").ifPresent(Address::read);
    boolean basic = mapping.optional("basic-from").isPresent();
    if (basic == mapping.optional("api-key-from").isPresent()) {
      throw node.wrong("needs either 'api-key-from' or 'basic-from'");
    }
    PolicyNode index = mapping.required("index");
    if (!INDEX.matcher(index.text()).matches()) {
      throw index.wrong("an index has at most 200 characters of a-z, 0-9, '.', '_' and '-'");
    }
    return new ElasticSettings(
        name,
        Setting.read(node, mapping, "url"),
        basic ? Scheme.BASIC : Scheme.API_KEY,
        Setting.secret(mapping, basic ? "basic-from" : "api-key-from"),
        index.text(),
        mapping.optional("gzip").map(PolicyNode::flag).orElse(true));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(credentials, url);
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new ElasticDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return BulkLines.of(delivery.notice(), index);
  }
}
