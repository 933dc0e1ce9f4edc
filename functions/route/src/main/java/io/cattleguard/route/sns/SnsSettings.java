package io.cattleguard.route.sns;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;

/**
 * The settings of a topic.
 *
 * @param topic its ARN
 * @param format whether people or machines read it
 */
public record SnsSettings(String name, Setting topic, Format format)
    implements DestinationSettings {
  public static final DestinationType TYPE = new DestinationType("sns", SnsSettings::read);

  /** The content of a message. */
  public enum Format {
    /** Plain text for people, with a subject for e-mail. */
    TEXT,
    /** The OCSF finding. */
    OCSF
  }

  private static SnsSettings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "type", "topic", "topic-from", "format");
    return new SnsSettings(
        name,
        Setting.read(node, mapping, "topic"),
        mapping.optional("format").map(one -> one.oneOf(Format.class)).orElse(Format.TEXT));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(topic);
  }

  @Override
  public boolean isReadByPeople() {
    return format == Format.TEXT;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new SnsDestination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return SnsMessage.of(delivery.notice(), format).text();
  }
}
