package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.aws.network.Network;
import java.util.Map;

/**
 * One account's network in one region, with the response tag: the place of every action in an
 * account.
 *
 * @param responseTag only resources with this tag are changed
 */
public record AwsScope(Network network, Tag responseTag) {
  /** A network with the default tag. */
  public static AwsScope of(Network network) {
    return new AwsScope(network, Tag.DEFAULT);
  }

  /** Whether the response tag is among the tags. */
  boolean mayBeTouched(Map<String, String> tags) {
    return responseTag.value().equals(tags.get(responseTag.key()));
  }
}
