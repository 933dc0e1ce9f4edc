package io.cattleguard.respond.aws.identity;

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

  /** Makes the user's key active or inactive. Idempotent. */
  Change setActive(AccessKey key, boolean active);
}
