package io.cattleguard.route.webhook;

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
import java.util.regex.Pattern;

/**
 * The settings of a signed webhook.
 *
 * @param key signs every request
 * @param nextKey signs every request too while its variable is set, so that keys can be rotated
 */
public record WebhookSettings(String name, Setting url, Key key, Optional<Key> nextKey)
    implements DestinationSettings {
  public static final DestinationType TYPE = new DestinationType("webhook", WebhookSettings::read);

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * A key.
   *
   * @param id the name by which the receiver recognises the key; not secret
   */
  public record Key(String id, Setting secret) {}

  private static WebhookSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping =
        node.mapping(
            "name",
            "type",
            "url",
            "url-from",
            "key-from",
            "key-id",
            "next-key-from",
            "next-key-id");
    mapping.optional("url").ifPresent(Address::read);
    Key key =
        new Key(
            mapping.optional("key-id").map(WebhookSettings::id).orElse("1"),
            Setting.secret(mapping, "key-from"));
    Optional<Key> next =
        mapping
            .optional("next-key-from")
            .map(
                ignored ->
                    new Key(
                        id(mapping.required("next-key-id")),
                        Setting.secret(mapping, "next-key-from")));
    if (next.filter(one -> one.id().equals(key.id())).isPresent()) {
      throw mapping.required("next-key-id").wrong("both keys have this id");
    }
    return new WebhookSettings(name, Setting.read(node, mapping, "url"), key, next);
  }

  private static String id(PolicyNode node) {
    if (!ID.matcher(node.text()).matches()) {
      throw node.wrong("a key's id has at most 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
    }
    return node.text();
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(key.secret(), url);
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new WebhookDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return CloudEvent.of(delivery.notice()).toString();
  }
}
