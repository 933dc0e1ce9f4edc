package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A Kubernetes cluster, as far as responses need it. Every method that changes something takes one
 * exact pod and changes it only while its UID is the same; none takes a selector.
 *
 * <p>Each method throws {@link Unavailable} where the cluster does not answer.
 */
public interface Cluster {

  /** The pod that has that name now. */
  Optional<Pod> pod(String namespace, String name);

  /** How many other pods of the same controller are ready and stay. */
  int readyPeers(Pod pod);

  /** The disruption budgets that select the pod. */
  List<DisruptionBudget> disruptionBudgets(Pod pod);

  /** Deletes that UID, giving it so long to end by itself. */
  Change delete(Pod pod, Duration grace);

  /** Cuts that UID off the network; doing it again changes nothing. */
  Change isolate(Pod pod);

  /** Undoes {@link #isolate}; doing it again changes nothing. */
  Change release(Pod pod);

  /** Whether that UID is cut off, with what still gets through, a sentence each. */
  Isolation isolation(Pod pod);

  /** The UIDs of the other pods of the same controller, ready or not. */
  Set<String> peers(Pod pod);

  /** {@link #peers} and {@link #readyPeers}, of one look. */
  default Peers look(Pod pod) {
    return new Peers(peers(pod), readyPeers(pod));
  }

  /**
   * The other pods of a controller.
   *
   * @param uids of all of them, ready or not
   * @param ready how many are ready and stay
   */
  record Peers(Set<String> uids, int ready) {
    /** Copies the set. */
    public Peers {
      uids = Set.copyOf(uids);
    }
  }

  /**
   * A ready pod of the same controller that is neither that UID nor one of those.
   *
   * @param before the {@link #peers} before the deletion: by age alone, any of them could pass for
   *     a replacement
   */
  Optional<Pod> readyReplacement(Pod pod, Set<String> before);

  /** What a change came to. */
  enum Change {
    /** The cluster took it. */
    MADE,
    /** No pod of that name is there. */
    GONE,
    /** A pod of that name is there, and it is another. */
    REPLACED
  }

  /**
   * How far a pod is cut off.
   *
   * @param caveats what still gets through or may
   */
  record Isolation(boolean inForce, List<String> caveats) {
    /** Copies the list. */
    public Isolation {
      caveats = List.copyOf(caveats);
    }
  }
}
