package io.cattleguard.respond.aws.identity;

import com.fasterxml.jackson.databind.JsonNode;
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
  private final Map<String, Role> roles = new LinkedHashMap<>();
  private final Map<String, JsonNode> policies = new LinkedHashMap<>();
  private final Set<String> own = new HashSet<>();

  /** Creates an account without users and roles. */
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

  /** Adds a role. */
  public synchronized void have(Role role) {
    roles.put(role.name(), role);
  }

  /** Removes a role with its policies. */
  public synchronized void deleteRole(String role) {
    roles.remove(role);
    policies.keySet().removeIf(key -> key.startsWith(role + "/"));
  }

  /** Gives a role an inline policy. */
  public synchronized void put(String role, String policy, JsonNode content) {
    policies.put(role + "/" + policy, content);
  }

  /** The names of the inline policies of a role. */
  public synchronized List<String> policiesOf(String role) {
    return policies.keySet().stream()
        .filter(key -> key.startsWith(role + "/"))
        .map(key -> key.substring(role.length() + 1))
        .toList();
  }

  @Override
  public synchronized Optional<Role> role(String name) {
    return Optional.ofNullable(roles.get(name));
  }

  @Override
  public synchronized Optional<JsonNode> inlinePolicy(String role, String policy) {
    return Optional.ofNullable(policies.get(role + "/" + policy));
  }

  @Override
  public synchronized Change deny(RoleSessions sessions) {
    if (!roles.containsKey(sessions.role())) {
      return new Change.Gone();
    }
    put(sessions.role(), sessions.policyName(), sessions.policy());
    return new Change.Made();
  }

  @Override
  public synchronized Change allow(RoleSessions sessions) {
    return policies.remove(sessions.role() + "/" + sessions.policyName()) == null
        ? new Change.Gone()
        : new Change.Made();
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
