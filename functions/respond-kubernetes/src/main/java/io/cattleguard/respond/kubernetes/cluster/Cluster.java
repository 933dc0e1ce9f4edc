package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.SensorSource;
import io.cattleguard.respond.action.Fact;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The port to a Kubernetes cluster. Every method that changes something takes one exact object and
 * changes it only if its UID is still the same; no method takes a selector.
 *
 * <p>Each method throws {@link Unavailable} if the cluster does not answer.
 */
public interface Cluster {

  /** The current pod with that name. */
  Optional<Pod> pod(String namespace, String name);

  /**
   * The reads of one decision about the current pod with that name. An implementation may start
   * them together, so a decision calls this once and uses the answers immediately.
   */
  default PodReads reads(String namespace, String name) {
    Cluster cluster = this;
    return new PodReads() {
      @Override
      public Optional<Pod> pod() {
        return cluster.pod(namespace, name);
      }

      @Override
      public Peers look(Pod pod) {
        return cluster.look(pod);
      }

      @Override
      public List<DisruptionBudget> disruptionBudgets(Pod pod) {
        return cluster.disruptionBudgets(pod);
      }
    };
  }

  /** The reads of one decision. No answer is older than the call of {@link Cluster#reads}. */
  interface PodReads {
    /** As {@link Cluster#pod}. */
    Optional<Pod> pod();

    /** As {@link Cluster#look}. */
    Peers look(Pod pod);

    /** As {@link Cluster#disruptionBudgets}. */
    List<DisruptionBudget> disruptionBudgets(Pod pod);
  }

  /**
   * The node of a sensor's pod, if exactly this pod still exists. An answer may be a minute old.
   */
  default Optional<String> nodeOf(SensorSource.Pod sensor) {
    return pod(sensor.namespace(), sensor.name())
        .filter(pod -> pod.uid().equals(sensor.uid()))
        .flatMap(Pod::node);
  }

  /**
   * The number of other pods of the same controller that serve: ready, not terminating and not
   * isolated.
   */
  int readyPeers(Pod pod);

  /** The disruption budgets that select the pod. */
  List<DisruptionBudget> disruptionBudgets(Pod pod);

  /**
   * Deletes the pod with that UID, with a grace period. Guards decided on the labels and the
   * controller that were read: without the labels that an isolation removed, no Service and no
   * budget selects the pod.
   *
   * @throws io.cattleguard.edge.port.Unavailable if they have changed since, as by a release; then
   *     nothing was deleted
   */
  Change delete(Pod pod, Duration grace);

  /**
   * Deletes the pod with that UID, with a grace period, unless its PodDisruptionBudget objects. The
   * cluster itself keeps the budget, also against other clients at the same moment.
   *
   * @return {@link Change#REFUSED_BY_BUDGET} if the budget allows no disruption now
   */
  Change evict(Pod pod, Duration grace);

  /**
   * The labels without which the pod leaves its Services and, if it can, its controller, as the pod
   * was when it was last read or changed. An action reads the pod right before.
   */
  Detachment detachment(Pod pod);

  /** Isolates the pod with that UID from the network and leaves its labels. Idempotent. */
  default Change isolate(Pod pod) {
    return isolate(pod, Map.of());
  }

  /**
   * Isolates the pod with that UID from the network and removes labels. Idempotent.
   *
   * <p>A pod that was isolated when it was read is isolated only as it was read: without the labels
   * that an isolation removed it counted as no replica and against no budget.
   *
   * @param without labels of the pod, as {@link #detachment} names them
   * @throws io.cattleguard.edge.port.Unavailable if such a pod was released since; then it is not
   *     isolated
   */
  Change isolate(Pod pod, Map<String, String> without);

  /** Undoes {@link #isolate(Pod)}. Idempotent. */
  default Change release(Pod pod) {
    return release(pod, Map.of());
  }

  /**
   * Undoes {@link #isolate(Pod, Map)}. Idempotent.
   *
   * @param with the labels that the isolation removed
   */
  Change release(Pod pod, Map<String, String> with);

  /**
   * Whether the pod with that UID is isolated, with one caveat per kind of traffic that is still
   * allowed.
   */
  Isolation isolation(Pod pod);

  /** Whether the cluster enforces NetworkPolicies for the pod. An answer may be minutes old. */
  Enforcement enforcement(Pod pod);

  /** Whether the pod was isolated and not released, even if its label was removed since. */
  boolean hasIsolation(Pod pod);

  /**
   * Whether the network plugin has one set of rules for all pods of a namespace whose names {@link
   * Pod#beginning begin alike}, so that it also denies to others, on any node, what a NetworkPolicy
   * denies to the pod. An answer may be minutes old.
   */
  boolean sharesRules(Pod pod);

  /**
   * What a policy for one pod applies to as well if the network plugin {@link #sharesRules shares
   * rules}.
   *
   * @param what a pod's name, or {@code ReplicaSet web-7c8d} of a controller whose pods would have
   *     such names
   * @param sameController whether it is a pod of the same controller
   */
  record Alike(String what, boolean sameController) {}

  /**
   * The other pods of the namespace that have not ended and whose names begin like the pod's, and
   * other controllers of such pods, even if they have none now.
   */
  List<Alike> alike(Pod pod);

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
   * @param ready number of pods that are ready, not terminating and not isolated
   */
  record Peers(Set<String> uids, int ready) {
    /** Copies the set. */
    public Peers {
      uids = Set.copyOf(uids);
    }
  }

  /**
   * A ready pod of the same controller that is not isolated and did not exist before the deletion.
   *
   * @param before the {@link #peers} before the deletion, because age alone does not identify a
   *     replacement
   */
  Optional<Pod> readyReplacement(Pod pod, Set<String> before);

  /** The current node with that name. */
  Optional<Node> node(String name);

  /** Every node. */
  List<Node> nodes();

  /** The names of a namespace's pods that run on a node. */
  List<String> podsOn(String node, String namespace);

  /**
   * Cordons the node with that UID: nothing new is scheduled on it. A node that is cordoned already
   * stays as it is. Idempotent.
   *
   * @param taint whether to add the taint {@link Node#TAINT} too, which keeps away DaemonSets' pods
   */
  Change cordon(Node node, boolean taint);

  /**
   * Undoes {@link #cordon}: removes Cattleguard's taint, and ends the cordon if it was not changed
   * since. Idempotent.
   */
  Change uncordon(Node node);

  /** The workload of a pod; empty if it has none that can be paused. */
  Optional<Workload> workload(Pod pod);

  /**
   * Why the pod is not one that its workload's controller made: everyone who may create pods may
   * name any controller as a pod's owner. So its owners must have the shape that controllers make,
   * with equal UIDs, and their selectors must match its labels.
   *
   * @return a sentence for people; empty if the pod is one of its workload
   */
  Optional<String> foreign(Pod pod);

  /** The current workload with that name. */
  Optional<Workload> workload(String namespace, Pod.Owner owner);

  /** The names of the pods that isolations took out of that workload and that are still there. */
  List<String> detachedFrom(Workload workload);

  /**
   * Scales the workload with that UID to zero, or suspends it with its schedule. Idempotent.
   *
   * @throws io.cattleguard.edge.port.Unavailable if it wants another number of pods than was read,
   *     which a release would restore; then nothing was changed
   */
  Change pause(Workload workload);

  /**
   * Undoes {@link #pause}, unless something else has changed the number of pods since. Idempotent.
   *
   * @param workload with the number of pods that it wanted before
   */
  Change resume(Workload workload);

  /** The policies for the egress traffic of the workload's pods. */
  Egress egress(EgressBlock block);

  /**
   * Denies the pods of the workload with that UID the one peer, with a NetworkPolicy that allows
   * them every other one. Idempotent. A NetworkPolicy only allows, so where another one selects
   * these pods this one would allow more than before.
   *
   * @throws io.cattleguard.respond.action.Denied if the workload has such a policy for another peer
   */
  Change blockEgress(EgressBlock block);

  /**
   * Undoes {@link #blockEgress}. Idempotent.
   *
   * @return {@link Change#REPLACED} if the policy has another content now; then it stays
   */
  Change allowEgress(EgressBlock block);

  /**
   * The policies for the egress traffic of pods.
   *
   * @param blocked the peer that a policy of Cattleguard denies them
   * @param governing the other policies that decide about it, as sentences for people
   * @param isolations the isolations of single pods by Cattleguard that decide about it too
   * @param doubts what could not be read
   */
  record Egress(
      Optional<String> blocked,
      List<String> governing,
      List<String> isolations,
      List<String> doubts) {
    /** Copies the lists. */
    public Egress {
      governing = List.copyOf(governing);
      isolations = List.copyOf(isolations);
      doubts = List.copyOf(doubts);
    }

    /** Why a policy for one peer would not do what it says. */
    public List<String> others() {
      return Stream.concat(governing.stream(), isolations.stream()).toList();
    }
  }

  /**
   * Makes the service account tokens that are bound to the pod with that UID useless for changes,
   * wherever they are used: the API server denies each. Reads stay allowed. Idempotent.
   *
   * @throws io.cattleguard.respond.action.Denied if the cluster has no resource for such a
   *     revocation
   */
  Change revokeTokens(Pod pod);

  /**
   * Undoes {@link #revokeTokens}. Idempotent.
   *
   * @return {@link Change#GONE} if the pod is not revoked, whether it exists or not; {@link
   *     Change#REPLACED} if a person revoked it, which stays
   */
  Change restoreTokens(Pod pod);

  /** Whether the tokens that are bound to the pod with that UID are useless for changes. */
  Revocation revocation(Pod pod);

  /** Of how many pods the tokens are revoked, whether the pods still exist or not. */
  int revocations();

  /**
   * The revocation of a pod's tokens.
   *
   * @param recorded whether the cluster has recorded it
   * @param ours whether a responder recorded it, and not a person
   * @param denied whether the API server was seen to deny the tokens, which it does a moment after
   *     the record
   * @param unenforced why the API server denies nothing because of a record; empty if it does
   */
  record Revocation(boolean recorded, boolean ours, boolean denied, Optional<String> unenforced) {
    /** Whether it is recorded and was seen to be enforced. */
    public boolean inForce() {
      return recorded && denied && unenforced.isEmpty();
    }
  }

  /**
   * The same cluster, whose calls together end within that time; then they are {@link Unavailable}.
   */
  default Cluster within(Duration time) {
    return this;
  }

  /**
   * Reads what is known of the pod with that UID, in parallel: its object, owners, events, logs,
   * node, and the NetworkPolicies and Services that select it. {@link Redaction} leaves out
   * secrets. Runs nothing in the pod.
   *
   * @param logBytes the longest log of a container; of a longer one the end is read
   * @param within after which an unanswered question is {@link Fact.Unknown}
   * @return by the part's name
   */
  Map<String, Fact<Excerpt>> evidence(Pod pod, int logBytes, Duration within);

  /**
   * The content that was read.
   *
   * @param truncated whether a part of it is missing
   */
  record Excerpt(String text, boolean truncated) {
    /** The complete content. */
    public static Excerpt whole(String text) {
      return new Excerpt(text, false);
    }
  }

  /** The result of a change. */
  enum Change {
    /** The API server accepted the change. */
    MADE,
    /** No object has that name. */
    GONE,
    /** Another object has that name. */
    REPLACED,
    /** A PodDisruptionBudget allows no disruption now. */
    REFUSED_BY_BUDGET
  }

  /** Whether a policy is enforced. */
  enum Enforces {
    /** It is known to be enforced. */
    YES,
    /** It is known not to be enforced. */
    NO,
    /** It is not known. */
    UNKNOWN
  }

  /**
   * Whether NetworkPolicies are enforced.
   *
   * @param reason for people
   */
  record Enforcement(Enforces answer, String reason) {}

  /**
   * How a pod can be detached.
   *
   * @param labels to remove
   * @param noted further labels that an earlier isolation has removed, as the pod's annotation
   *     says. The pod's node can change it, so only a caller without a record of that isolation
   *     uses them
   * @param leavesController whether its controller then releases the pod and replaces it
   */
  record Detachment(
      Map<String, String> labels, Map<String, String> noted, boolean leavesController) {
    /** A pod without labels to remove. */
    public static final Detachment NONE = new Detachment(Map.of(), false);

    /** Copies the labels. */
    public Detachment {
      labels = Map.copyOf(labels);
      noted = Map.copyOf(noted);
    }

    /** A pod that was not isolated before. */
    public Detachment(Map<String, String> labels, boolean leavesController) {
      this(labels, Map.of(), leavesController);
    }
  }

  /**
   * The isolation of a pod.
   *
   * @param inForce whether the pod has its label and its NetworkPolicy
   * @param controlled whether a controller owns the pod
   * @param caveats traffic that is or may still be allowed
   * @param doubts policies that could not be read
   * @param services the Services that select the pod, by name
   */
  record Isolation(
      boolean inForce,
      boolean controlled,
      List<String> caveats,
      List<String> doubts,
      List<String> services) {
    /** Copies the lists. */
    public Isolation {
      caveats = List.copyOf(caveats);
      doubts = List.copyOf(doubts);
      services = List.copyOf(services);
    }
  }
}
