package io.cattleguard.respond.aws.storage;

import io.cattleguard.respond.aws.network.Network.Change;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Simulated snapshots for the demo, dry runs and tests. */
public final class InMemorySnapshots implements Snapshots {
  private final Map<String, List<String>> volumes = new LinkedHashMap<>();
  private final Map<String, List<Snapshot>> taken = new LinkedHashMap<>();
  private String state = "pending";
  private int made;

  private final InstantSource clock;

  /**
   * Creates an account without volumes.
   *
   * @param clock when snapshots are started
   */
  public InMemorySnapshots(InstantSource clock) {
    this.clock = clock;
  }

  /** Attaches volumes to an instance. */
  public synchronized void attach(String instance, List<String> ids) {
    volumes.put(instance, List.copyOf(ids));
  }

  /** The state of snapshots from now on, also of those that were taken. */
  public synchronized void are(String now) {
    state = now;
  }

  @Override
  public synchronized List<String> volumes(String instance) {
    return volumes.getOrDefault(instance, List.of());
  }

  @Override
  public synchronized List<Snapshot> taken(String instance, String evidence) {
    return taken.getOrDefault(instance + " " + evidence, List.of()).stream()
        .map(one -> new Snapshot(one.id(), one.volume(), one.startedAt(), state))
        .toList();
  }

  @Override
  public synchronized Change take(String instance, String evidence) {
    if (!volumes.containsKey(instance)) {
      return new Change.Gone();
    }
    List<Snapshot> all = taken.computeIfAbsent(instance + " " + evidence, key -> new ArrayList<>());
    for (String volume : volumes(instance)) {
      all.add(new Snapshot("snap-%017x".formatted(made++), volume, clock.instant(), state));
    }
    return new Change.Made();
  }
}
