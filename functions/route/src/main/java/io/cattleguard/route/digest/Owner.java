package io.cattleguard.route.digest;

import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.route.Setting;
import java.util.Map;
import java.util.Optional;

/**
 * A team and the findings that it fixes.
 *
 * @param when the findings, empty for any
 * @param tags tags of the resource, all of which must be equal
 * @param url the team's incoming webhook, which is a secret
 */
public record Owner(
    String name, Optional<EventPattern> when, Map<String, String> tags, Setting url) {
  /** Copies the tags. */
  public Owner {
    tags = Map.copyOf(tags);
  }
}
