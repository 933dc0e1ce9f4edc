package io.cattleguard.respond.aws.storage;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.List;
import java.util.Optional;

/** The storage for dry runs: every call throws {@link Unavailable}. */
public final class NoStorage implements Buckets, Snapshots {
  /** Needs no configuration. */
  public NoStorage() {}

  @Override
  public Optional<Bucket> bucket(String account, String name) {
    throw none();
  }

  @Override
  public Change set(Bucket bucket) {
    throw none();
  }

  @Override
  public List<String> volumes(String instance) {
    throw none();
  }

  @Override
  public List<Snapshot> taken(String instance, String evidence) {
    throw none();
  }

  @Override
  public Change take(String instance, String evidence) {
    throw none();
  }

  private static Unavailable none() {
    return new Unavailable("no AWS account is connected");
  }
}
