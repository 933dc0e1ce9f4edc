package io.cattleguard.respond.aws.identity;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;

/**
 * The port to one account's IAM. Every method that changes something takes one exact object; no
 * method takes a filter.
 *
 * <p>Each method throws {@link Unavailable} if a retry may succeed.
 */
public interface Identities {

  /** The IAM user with that name, with its access keys. */
  Optional<User> user(String name);

  /** Whether Cattleguard itself signs its calls with that access key. */
  boolean isOwnKey(String accessKey);

  /** The IAM role with that name. */
  Optional<Role> role(String name);

  /** The content of the role's inline policy with that name. */
  Optional<JsonNode> inlinePolicy(String role, String policy);

  /** Gives the role the inline policy that denies the sessions. Idempotent. */
  Change deny(RoleSessions sessions);

  /** Takes that inline policy from the role, whatever its content. */
  Change allow(RoleSessions sessions);

  /** Makes the user's key active or inactive. Idempotent. */
  Change setActive(AccessKey key, boolean active);
}
