package io.cattleguard.respond.aws.identity;

import io.cattleguard.respond.aws.network.Network.Change;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A simulated IAM for the demo, dry runs and tests. */
public final class InMemoryIdentities implements Identities {
  private final Map<String, User> users = new LinkedHashMap<>();
  private final Set<String> own = new HashSet<>();

  /** Creates an account without users. */
  public InMemoryIdentities() {}

  /** Adds a user. */
  public synchronized void have(User user) {
    users.put(user.name(), user);
  }

  /** Removes a user. */
  public synchronized void delete(String user) {
    users.remove(user);
  }

  /** Signs with that access key from now on. */
  public synchronized void signWith(String accessKey) {
    own.add(accessKey);
  }

  @Override
  public synchronized Optional<User> user(String name) {
    return Optional.ofNullable(users.get(name));
  }

  @Override
  public synchronized boolean isOwnKey(String accessKey) {
    return own.contains(accessKey);
  }

  @Override
  public synchronized Change setActive(AccessKey key, boolean active) {
    User user = users.get(key.user());
    if (user == null || user.key(key.id()).isEmpty()) {
      return new Change.Gone();
    }
    List<AccessKey> keys =
        user.keys().stream()
            .map(
                one ->
                    one.id().equals(key.id())
                        ? new AccessKey(one.account(), one.user(), one.id(), active)
                        : one)
            .toList();
    have(new User(user.account(), user.name(), user.tags(), keys));
    return new Change.Made();
  }
}
