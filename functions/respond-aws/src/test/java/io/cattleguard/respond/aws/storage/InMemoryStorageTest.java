package io.cattleguard.respond.aws.storage;

import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.aws.network.Account;
import java.util.List;
import java.util.Map;
import java.util.Optional;

final class InMemoryStorageTest extends StorageContract {
  @Override
  protected World world() {
    InMemoryBuckets buckets = new InMemoryBuckets();
    buckets.have(
        new Bucket(Account.ID, Account.REGION, "reports", Map.of("team", "web"), Optional.empty()));
    InMemorySnapshots snapshots = new InMemorySnapshots(() -> TestAlerts.AT);
    snapshots.attach(Account.INSTANCE, List.of("vol-1", "vol-2"));
    return new World(buckets, "reports", snapshots, Account.INSTANCE);
  }
}
