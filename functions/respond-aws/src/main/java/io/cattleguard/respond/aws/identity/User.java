package io.cattleguard.respond.aws.identity;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An IAM user and its access keys.
 *
 * @param account that owns it
 */
public record User(String account, String name, Map<String, String> tags, List<AccessKey> keys) {
  /** Copies the collections. */
  public User {
    tags = Map.copyOf(tags);
    keys = List.copyOf(keys);
  }

  /** Its access key with that id. */
  public Optional<AccessKey> key(String id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }

  /** The ids of its active access keys without that one. */
  public List<String> otherActiveKeys(String id) {
    return keys.stream()
        .filter(key -> key.active() && !key.id().equals(id))
        .map(AccessKey::id)
        .toList();
  }
}
