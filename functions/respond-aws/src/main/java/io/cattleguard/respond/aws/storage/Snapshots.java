package io.cattleguard.respond.aws.storage;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Instant;
import java.util.List;

/**
 * The port to the snapshots of an account's volumes in one region.
 *
 * <p>Each method throws {@link Unavailable} if a retry may succeed.
 */
public interface Snapshots {
  /** The tag of a snapshot that is evidence; its value names the incident. */
  String EVIDENCE = "cattleguard:evidence";

  /** The tag of a snapshot with the id of the instance. */
  String INSTANCE = "cattleguard:instance";

  /** The ids of the EBS volumes that are attached to the instance. */
  List<String> volumes(String instance);

  /** The snapshots of the instance with that value of the tag {@link #EVIDENCE}. */
  List<Snapshot> taken(String instance, String evidence);

  /**
   * Takes a snapshot of each volume of the instance at the same moment, with both tags. Not
   * idempotent.
   */
  Change take(String instance, String evidence);

  /**
   * A snapshot. It has the content of the moment at which it was started, whenever it completes.
   *
   * @param startedAt the moment of its content
   * @param state {@code pending}, {@code completed} or {@code error}
   */
  record Snapshot(String id, String volume, Instant startedAt, String state) {}
}
