package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Egress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A simulated cluster whose workloads replace deleted pods. For the demo, dry runs and tests. */
public final class InMemoryCluster implements Cluster {
  private final InMemoryPods pods;
  private final InMemoryWorkloads workloads;
  private final InMemoryNodes nodes = new InMemoryNodes();
  private final InMemoryEgress egress = new InMemoryEgress();
  private final Map<String, List<DisruptionBudget>> budgets = new LinkedHashMap<>();
  private final Set<String> isolated = new LinkedHashSet<>();
  private final InstantSource clock;
  private final Map<String, Instant> revoked = new LinkedHashMap<>();
  private final Set<String> revokedByHand = new LinkedHashSet<>();
  private Optional<String> unenforced = Optional.empty();
  private Duration deniesAfter = Duration.ZERO;
  private final List<String> caveats = new ArrayList<>();
  private boolean sharesRules;
  private Enforcement enforcement =
      new Enforcement(Enforces.YES, "the simulated network enforces NetworkPolicy");

  /**
   * Creates an empty cluster.
   *
   * @param startUp how long a pod takes from its creation until it is ready, and to end when its
   *     workload is scaled down
   */
  public InMemoryCluster(InstantSource clock, Duration startUp) {
    this.clock = clock;
    this.pods = new InMemoryPods(clock, startUp);
    this.workloads = new InMemoryWorkloads(pods);
  }

  /** Adds a pod as given. */
  public synchronized void run(Pod pod) {
    pods.run(pod);
    pod.node().ifPresent(nodes::add);
    workloads.wantOneMore(pod);
  }

  /** Adds a pod that names an owner which did not make it. */
  public synchronized void runClaiming(Pod pod) {
    pods.runClaiming(pod);
  }

  /** Adds a worker node, unless it exists. */
  public synchronized void addNode(String name) {
    nodes.add(name);
  }

  /** Adds a node as given, or replaces the one of that name. */
  public synchronized void run(Node node) {
    nodes.run(node);
  }

  /** Adds a disruption budget to a workload such as {@code shop/Deployment/web}. */
  public synchronized void budget(String workload, DisruptionBudget budget) {
    budgets.computeIfAbsent(workload, key -> new ArrayList<>()).add(budget);
  }

  /** Sets whether NetworkPolicies are enforced. */
  public synchronized void enforces(Enforcement now) {
    enforcement = now;
  }

  /** Sets whether the network plugin has one set of rules for pods whose names begin alike. */
  public synchronized void sharesRules(boolean now) {
    sharesRules = now;
  }

  /** Adds traffic that stays allowed to every isolated pod. */
  public synchronized void allow(String traffic) {
    caveats.add(traffic);
  }

  /** Adds a policy that decides on the egress of every pod. */
  public synchronized void governEgress(String what) {
    egress.govern(what);
  }

  /** Adds a policy that decides on the egress of one pod alone. */
  public synchronized void governEgress(Pod pod, String what) {
    egress.govern(pod, what);
  }

  /** The peers that workloads are denied, by the UID of the workload. */
  public synchronized Map<String, String> deniedPeers() {
    return egress.deniedPeers();
  }

  /** All current pods. */
  public synchronized List<Pod> pods() {
    return pods.all().toList();
  }

  @Override
  public synchronized Optional<Pod> pod(String namespace, String name) {
    return pods.pod(namespace, name);
  }

  @Override
  public synchronized int readyPeers(Pod pod) {
    return (int) pods.others(pod).filter(peer -> serves(peer) && !peer.terminating()).count();
  }

  @Override
  public synchronized List<DisruptionBudget> disruptionBudgets(Pod pod) {
    int cutOff =
        (int)
            pods.others(pod)
                .filter(peer -> peer.ready() && !peer.terminating() && !serves(peer))
                .count();
    return budgets.getOrDefault(pod.workload(), List.of()).stream()
        .map(budget -> new DisruptionBudget(budget.name(), Math.max(0, budget.allowed() - cutOff)))
        .toList();
  }

  @Override
  public synchronized Change delete(Pod pod, Duration grace) {
    Change check = pods.check(pod);
    if (check == Change.MADE) {
      if (!pods.isAsRead(pod)) {
        throw new Unavailable(pod.inWords() + " has other labels than its guards saw");
      }
      isolated.remove(pod.uid());
      if (pods.remove(pod)) {
        pod.owner()
            .filter(owner -> workloads.isShort(pod))
            .ifPresent(owner -> pods.replace(pod, owner));
      }
    }
    return check;
  }

  @Override
  public synchronized Change evict(Pod pod, Duration grace) {
    Change check = pods.check(pod);
    return check == Change.MADE
            && disruptionBudgets(pod).stream().anyMatch(budget -> budget.allowed() < 1)
        ? Change.REFUSED_BY_BUDGET
        : delete(pod, grace);
  }

  /** Pods have one label, by which their Services and their controller select them. */
  @Override
  public synchronized Detachment detachment(Pod pod) {
    Map<String, String> labels = Map.of("app", pod.owner().map(Pod.Owner::name).orElse(pod.name()));
    return switch (pod.owner().map(Pod.Owner::kind).orElse("")) {
      case "Deployment", "ReplicaSet" -> new Detachment(labels, true);
      case "" -> new Detachment(labels, false);
      default -> Detachment.NONE;
    };
  }

  @Override
  public synchronized Change isolate(Pod pod, Map<String, String> without) {
    Change check = pods.check(pod);
    if (check == Change.MADE) {
      if (!pods.isAsRead(pod) && !isolated.contains(pod.uid())) {
        throw new Unavailable(pod.inWords() + " was released since it was read");
      }
      if (isolated.add(pod.uid())) {
        pods.change(pod);
      }
      if (!without.isEmpty() && detachment(pod).leavesController() && !pods.isDetached(pod)) {
        pods.detach(pod);
      }
    }
    return check;
  }

  /** The controller takes the pod back and deletes its replacement, which is one too many. */
  @Override
  public synchronized Change release(Pod pod, Map<String, String> with) {
    if (isolated.remove(pod.uid())) {
      pods.change(pod);
    }
    Change check = pods.check(pod);
    if (!with.isEmpty() || check != Change.MADE) {
      pods.attach(pod, check == Change.MADE);
    }
    return check;
  }

  @Override
  public synchronized Isolation isolation(Pod pod) {
    return new Isolation(
        isolated.contains(pod.uid()),
        pod.owner().isPresent() && !pods.isDetached(pod),
        List.copyOf(caveats),
        List.of(),
        List.of());
  }

  @Override
  public synchronized Enforcement enforcement(Pod pod) {
    return enforcement;
  }

  @Override
  public synchronized boolean hasIsolation(Pod pod) {
    return isolated.contains(pod.uid());
  }

  @Override
  public synchronized boolean sharesRules(Pod pod) {
    return sharesRules;
  }

  @Override
  public synchronized List<Alike> alike(Pod pod) {
    return pods.all()
        .filter(other -> other.namespace().equals(pod.namespace()))
        .filter(other -> other.beginning().equals(pod.beginning()))
        .filter(other -> !other.uid().equals(pod.uid()))
        .map(
            other ->
                new Alike(
                    other.name(), pod.owner().isPresent() && other.owner().equals(pod.owner())))
        .toList();
  }

  @Override
  public synchronized Set<String> peers(Pod pod) {
    return pods.others(pod).map(Pod::uid).collect(Collectors.toSet());
  }

  @Override
  public synchronized Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return pods.others(pod)
        .filter(peer -> serves(peer) && !peer.terminating() && !before.contains(peer.uid()))
        .findFirst();
  }

  @Override
  public synchronized Optional<Node> node(String name) {
    return nodes.node(name);
  }

  @Override
  public synchronized List<Node> nodes() {
    return nodes.all();
  }

  @Override
  public synchronized List<String> podsOn(String node, String namespace) {
    return pods.all()
        .filter(pod -> pod.namespace().equals(namespace))
        .filter(pod -> pod.node().filter(node::equals).isPresent())
        .map(Pod::name)
        .toList();
  }

  @Override
  public synchronized Change cordon(Node node, boolean taint) {
    return nodes.cordon(node, taint);
  }

  @Override
  public synchronized Change uncordon(Node node) {
    return nodes.uncordon(node);
  }

  /** A person cordons a node, or ends its cordon. */
  public synchronized void cordonByHand(String name, boolean unschedulable) {
    nodes.cordonByHand(name, unschedulable);
  }

  @Override
  public synchronized Optional<Workload> workload(Pod pod) {
    return pod.owner().flatMap(owner -> workload(pod.namespace(), owner));
  }

  @Override
  public synchronized Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return workloads.workload(namespace, owner);
  }

  @Override
  public synchronized Optional<String> foreign(Pod pod) {
    if (pods.isDetached(pod)) {
      return Optional.of(Workload.DETACHED);
    }
    return pods.isClaiming(pod)
        ? Optional.of("the selector of " + pod.workload() + " does not match its labels")
        : Optional.empty();
  }

  @Override
  public synchronized List<String> detachedFrom(Workload workload) {
    return pods.all()
        .filter(pod -> pod.detached() && pod.workload().equals(workload.workload()))
        .map(Pod::name)
        .toList();
  }

  @Override
  public synchronized Change pause(Workload workload) {
    return workloads.pause(workload);
  }

  @Override
  public synchronized Change resume(Workload workload) {
    return workloads.resume(workload);
  }

  /** Something scales a workload such as {@code shop/Deployment/web}. */
  public synchronized void scaleBy(String who, String workload, int replicas) {
    workloads.scaleBy(who, workload, replicas);
  }

  @Override
  public synchronized Egress egress(EgressBlock block) {
    return egress.egress(block, pods.of(block.of().workload()).map(Pod::uid));
  }

  @Override
  public synchronized Change blockEgress(EgressBlock block) {
    Change check = workloads.check(block.of());
    return check == Change.MADE ? egress.block(block) : check;
  }

  @Override
  public synchronized Change allowEgress(EgressBlock block) {
    return egress.allow(block);
  }

  @Override
  public synchronized Change revokeTokens(Pod pod) {
    Change check = pods.check(pod);
    if (check == Change.MADE) {
      revoked.putIfAbsent(pod.uid(), clock.instant());
    }
    return check;
  }

  @Override
  public synchronized Change restoreTokens(Pod pod) {
    if (revokedByHand.contains(pod.uid())) {
      return Change.REPLACED;
    }
    return revoked.remove(pod.uid()) == null ? Change.GONE : Change.MADE;
  }

  @Override
  public synchronized int revocations() {
    return revoked.size();
  }

  @Override
  public synchronized Revocation revocation(Pod pod) {
    Optional<Instant> since = Optional.ofNullable(revoked.get(pod.uid()));
    return new Revocation(
        since.isPresent(),
        since.isPresent() && !revokedByHand.contains(pod.uid()),
        unenforced.isEmpty()
            && since.filter(at -> !at.plus(deniesAfter).isAfter(clock.instant())).isPresent(),
        unenforced);
  }

  /** A person revokes the tokens of a pod. */
  public synchronized void revokeByHand(Pod pod) {
    revoked.putIfAbsent(pod.uid(), clock.instant());
    revokedByHand.add(pod.uid());
  }

  /** Sets how long after a revocation the cluster begins to deny the tokens. */
  public synchronized void revocationDeniesAfter(Duration time) {
    deniesAfter = time;
  }

  /** Sets why the cluster does not deny the tokens of revoked pods; empty if it does. */
  public synchronized void revocationIsUnenforced(Optional<String> reason) {
    unenforced = reason;
  }

  /** The UIDs of the pods whose tokens are revoked, whether they exist or not. */
  public synchronized Set<String> revoked() {
    return Set.copyOf(revoked.keySet());
  }

  /** The current pod; the simulation has no logs and events. */
  @Override
  public synchronized Map<String, Fact<Excerpt>> evidence(Pod pod, int logBytes, Duration within) {
    Map<String, Fact<Excerpt>> parts = new LinkedHashMap<>();
    parts.put(
        "pod.json",
        pod(pod.namespace(), pod.name())
            .filter(is -> is.uid().equals(pod.uid()))
            .<Fact<Excerpt>>map(is -> new Fact.Known<>(Excerpt.whole(is.toJson().toString())))
            .orElseGet(() -> new Fact.Unknown<>("the pod is gone")));
    parts.put("logs", new Fact.Unknown<>("simulated pods have none"));
    return parts;
  }

  private boolean serves(Pod pod) {
    return pod.ready() && !isolated.contains(pod.uid());
  }
}
