package io.cattleguard.respond.aws.identity;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;

/** The identities for dry runs: every call throws {@link Unavailable}. */
public final class NoIdentities implements Identities {
  /** Needs no configuration. */
  public NoIdentities() {}

  @Override
  public Optional<User> user(String name) {
    throw none();
  }

  @Override
  public boolean isOwnKey(String accessKey) {
    throw none();
  }

  @Override
  public Optional<Role> role(String name) {
    throw none();
  }

  @Override
  public Optional<JsonNode> inlinePolicy(String role, String policy) {
    throw none();
  }

  @Override
  public Change deny(RoleSessions sessions) {
    throw none();
  }

  @Override
  public Change allow(RoleSessions sessions) {
    throw none();
  }

  @Override
  public Change setActive(AccessKey key, boolean active) {
    throw none();
  }

  private static Unavailable none() {
    return new Unavailable("no AWS account is connected");
  }
}
