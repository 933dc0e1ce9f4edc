package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.port.Unavailable;
import java.util.List;
import java.util.Optional;

/** Stands where no cloud account is: answers nothing and changes nothing. */
public final class NoNetwork implements Network {
  /** Has nothing to know. */
  public NoNetwork() {}

  @Override
  public Optional<Instance> instance(String id) {
    throw none();
  }

  @Override
  public Optional<SecurityGroup> group(String id) {
    throw none();
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    throw none();
  }

  @Override
  public Change setGroups(Instance.Interface networkInterface, List<String> groups) {
    throw none();
  }

  @Override
  public Change revoke(IngressRule rule) {
    throw none();
  }

  @Override
  public Change authorize(IngressRule rule) {
    throw none();
  }

  private static Unavailable none() {
    return new Unavailable("there is no cloud account to ask");
  }
}
