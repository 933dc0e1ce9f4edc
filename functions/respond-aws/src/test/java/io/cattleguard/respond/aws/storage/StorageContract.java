package io.cattleguard.respond.aws.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Snapshots.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tests that every implementation of the storage ports must pass. */
public abstract class StorageContract {
  /**
   * What a test has.
   *
   * @param bucket the name of a bucket with the tag {@code team=web} and no settings of its own
   * @param instance an instance with two volumes
   */
  public record World(Buckets buckets, String bucket, Snapshots snapshots, String instance) {}

  protected abstract World world();

  @Test
  void aBucketHasExactlyTheSettingsThatItIsGiven() {
    World world = world();
    Bucket before = world.buckets().bucket(Account.ID, world.bucket()).orElseThrow();
    assertEquals(Account.REGION, before.region());
    assertEquals(Map.of("team", "web"), before.tags());
    assertEquals(Optional.empty(), before.access());

    for (Optional<PublicAccess> access :
        List.of(
            Optional.of(PublicAccess.BLOCKED),
            Optional.of(new PublicAccess(true, false, false, true)),
            Optional.of(new PublicAccess(false, true, true, false)),
            Optional.<PublicAccess>empty())) {
      assertInstanceOf(Change.Made.class, world.buckets().set(before.with(access)));
      assertInstanceOf(Change.Made.class, world.buckets().set(before.with(access)));
      Bucket now = world.buckets().bucket(Account.ID, world.bucket()).orElseThrow();
      assertEquals(access, now.access());
      assertEquals(access.equals(Optional.of(PublicAccess.BLOCKED)), now.isBlocked());
      assertEquals(now.access(), Bucket.read(now.toJson()).access());
      assertEquals(now.uid(), Bucket.read(now.toJson()).uid());
    }
  }

  @Test
  void aBucketThatDoesNotExistIsAbsentAndNotChanged() {
    World world = world();
    Bucket nobody =
        new Bucket(Account.ID, Account.REGION, "nobodys-bucket-1", Map.of(), Optional.empty());

    assertEquals(Optional.empty(), world.buckets().bucket(Account.ID, nobody.name()));
    assertInstanceOf(
        Change.Gone.class, world.buckets().set(nobody.with(Optional.of(PublicAccess.BLOCKED))));
  }

  @Test
  void eachVolumeOfAnInstanceHasASnapshotWithTheTagsOfItsEvidence() {
    World world = world();
    Set<String> volumes = Set.copyOf(world.snapshots().volumes(world.instance()));
    assertEquals(2, volumes.size());
    assertEquals(List.of(), world.snapshots().taken(world.instance(), "f00d"));

    assertInstanceOf(Change.Made.class, world.snapshots().take(world.instance(), "f00d"));

    List<Snapshot> taken = world.snapshots().taken(world.instance(), "f00d");
    assertEquals(volumes, taken.stream().map(Snapshot::volume).collect(Collectors.toSet()));
    assertTrue(taken.stream().allMatch(one -> one.startedAt().isAfter(Instant.EPOCH)));
    assertTrue(
        taken.stream().allMatch(one -> Set.of("pending", "completed").contains(one.state())));
    assertFalse(taken.getFirst().id().equals(taken.getLast().id()));
    assertEquals(List.of(), world.snapshots().taken(world.instance(), "beef"));
    assertEquals(List.of(), world.snapshots().taken("i-00000000000000000", "f00d"));
  }
}
