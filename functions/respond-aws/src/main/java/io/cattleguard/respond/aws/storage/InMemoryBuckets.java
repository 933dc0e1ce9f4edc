package io.cattleguard.respond.aws.storage;

import io.cattleguard.respond.aws.network.Network.Change;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Simulated buckets for the demo, dry runs and tests. */
public final class InMemoryBuckets implements Buckets {
  private final Map<String, Bucket> buckets = new LinkedHashMap<>();

  /** Creates an account without buckets. */
  public InMemoryBuckets() {}

  /** Adds a bucket, or replaces it. */
  public synchronized void have(Bucket bucket) {
    buckets.put(bucket.name(), bucket);
  }

  /** Removes a bucket. */
  public synchronized void delete(String name) {
    buckets.remove(name);
  }

  @Override
  public synchronized Optional<Bucket> bucket(String account, String name) {
    return Optional.ofNullable(buckets.get(name)).filter(one -> one.account().equals(account));
  }

  @Override
  public synchronized Change set(Bucket bucket) {
    Optional<Bucket> is = bucket(bucket.account(), bucket.name());
    is.ifPresent(one -> have(one.with(bucket.access())));
    return is.isPresent() ? new Change.Made() : new Change.Gone();
  }
}
