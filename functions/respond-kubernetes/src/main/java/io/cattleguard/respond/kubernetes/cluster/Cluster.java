package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The port to a Kubernetes cluster. Every method that changes something takes one exact pod and
 * changes it only if its UID is still the same; no method takes a selector.
 *
 * <p>Each method throws {@link Unavailable} if the cluster does not answer.
 */
public interface Cluster {

  /** The current pod with that name. */
  Optional<Pod> pod(String namespace, String name);

  /** The number of other pods of the same controller that are ready and not terminating. */
  int readyPeers(Pod pod);

  /** The disruption budgets that select the pod. */
  List<DisruptionBudget> disruptionBudgets(Pod pod);

  /** Deletes the pod with that UID, with a grace period. */
  Change delete(Pod pod, Duration grace);

  /** Isolates the pod with that UID from the network. Idempotent. */
  Change isolate(Pod pod);

  /** Undoes {@link #isolate}. Idempotent. */
  Change release(Pod pod);

  /**
   * Whether the pod with that UID is isolated, with one caveat per kind of traffic that is still
   * allowed.
   */
  Isolation isolation(Pod pod);

  /** The UIDs of the other pods of the same controller, ready or not. */
  Set<String> peers(Pod pod);

  /** {@link #peers} and {@link #readyPeers} from one read. */
  default Peers look(Pod pod) {
    return new Peers(peers(pod), readyPeers(pod));
  }

  /**
   * The other pods of a controller.
   *
   * @param uids of all of them, ready or not
   * @param ready number of pods that are ready and not terminating
   */
  record Peers(Set<String> uids, int ready) {
    /** Copies the set. */
    public Peers {
      uids = Set.copyOf(uids);
    }
  }

  /**
   * A ready pod of the same controller that did not exist before the deletion.
   *
   * @param before the {@link #peers} before the deletion, because age alone does not identify a
   *     replacement
   */
  Optional<Pod> readyReplacement(Pod pod, Set<String> before);

  /** The result of a change. */
  enum Change {
    /** The API server accepted the change. */
    MADE,
    /** No pod has that name. */
    GONE,
    /** Another pod has that name. */
    REPLACED
  }

  /**
   * The isolation of a pod.
   *
   * @param caveats traffic that is or may still be allowed
   */
  record Isolation(boolean inForce, List<String> caveats) {
    /** Copies the list. */
    public Isolation {
      caveats = List.copyOf(caveats);
    }
  }
}
