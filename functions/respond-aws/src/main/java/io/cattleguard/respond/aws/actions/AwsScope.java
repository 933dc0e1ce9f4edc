package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.aws.network.Network;
import java.util.Map;

/**
 * One account's network in one region, and what may be touched in it: the place of every action in
 * an account.
 *
 * @param responseTag without which no resource is touched
 */
public record AwsScope(Network network, Tag responseTag) {
  /** A network with the usual tag. */
  public static AwsScope of(Network network) {
    return new AwsScope(network, Tag.DEFAULT);
  }

  /** Whether it carries the tag without which it is not touched. */
  boolean mayBeTouched(Map<String, String> tags) {
    return responseTag.value().equals(tags.get(responseTag.key()));
  }
}
