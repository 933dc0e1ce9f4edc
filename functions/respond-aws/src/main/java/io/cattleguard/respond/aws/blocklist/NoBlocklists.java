package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;

/** The lists for dry runs: every call throws {@link Unavailable}. */
public final class NoBlocklists implements Blocklists {
  /** Needs no configuration. */
  public NoBlocklists() {}

  @Override
  public Optional<Blocklist> list(ListArn arn) {
    throw none();
  }

  @Override
  public Uses uses(ListArn arn, Cidr network) {
    throw none();
  }

  @Override
  public Optional<String> own(Cidr network) {
    throw none();
  }

  @Override
  public Change add(Blocklist read, Cidr network, String note) {
    throw none();
  }

  @Override
  public Change remove(Blocklist read, Cidr network) {
    throw none();
  }

  private static Unavailable none() {
    return new Unavailable("no AWS account is connected");
  }
}
