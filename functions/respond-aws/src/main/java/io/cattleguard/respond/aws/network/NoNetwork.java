package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.port.Unavailable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The network for dry runs: every call throws {@link Unavailable}. */
public final class NoNetwork implements Network {
  /** Needs no configuration. */
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
  public Optional<Map<String, String>> tagsOfGroup(String id) {
    throw none();
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    throw none();
  }

  @Override
  public Optional<Membership> membership(String instance) {
    throw none();
  }

  @Override
  public Change enterStandby(Membership member) {
    throw none();
  }

  @Override
  public Change exitStandby(Membership member) {
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
    return new Unavailable("no AWS account is connected");
  }
}
