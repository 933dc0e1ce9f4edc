package io.cattleguard.respond.kubernetes.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A simulated cluster whose workloads replace deleted pods. For the demo, dry runs and tests. */
public final class InMemoryCluster implements Cluster {
  private static final String SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  /**
   * A pod.
   *
   * @param endsAt when a pod that is terminating is gone
   */
  private record Running(Pod pod, Instant readyAt, Instant endsAt) {
    Running(Pod pod, Instant readyAt) {
      this(pod, readyAt, Instant.MAX);
    }
  }

  /**
   * How many pods a workload wants.
   *
   * @param template one of its pods
   * @param changedBy who changed the number last
   */
  private record Scale(Pod template, int replicas, String changedBy) {}

  private static final String OURS = "cattleguard";

  private final InstantSource clock;
  private final Duration startUp;
  private final Map<String, Running> pods = new LinkedHashMap<>();
  private final Map<String, List<DisruptionBudget>> budgets = new LinkedHashMap<>();
  private final Set<String> isolated = new LinkedHashSet<>();

  /** The replacement's key by the UID of the detached pod. */
  private final Map<String, String> detached = new LinkedHashMap<>();

  /** By namespace, kind and name. */
  private final Map<String, Scale> scales = new LinkedHashMap<>();

  /** The UIDs of the pods that only claim their owner. */
  private final Set<String> claiming = new LinkedHashSet<>();

  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final List<String> caveats = new ArrayList<>();

  /** By the UID of the workload, the peer that its pods are denied. */
  private final Map<String, String> denied = new LinkedHashMap<>();

  private final List<String> governing = new ArrayList<>();
  private final Map<String, String> governingOne = new LinkedHashMap<>();
  private Enforcement enforcement =
      new Enforcement(Enforces.YES, "the simulated network enforces NetworkPolicy");
  private int made;

  /**
   * Creates an empty cluster.
   *
   * @param startUp how long a pod takes from its creation until it is ready, and to end when its
   *     workload is scaled down
   */
  public InMemoryCluster(InstantSource clock, Duration startUp) {
    this.clock = clock;
    this.startUp = startUp;
  }

  /** Adds a pod as given. */
  public synchronized void run(Pod pod) {
    Instant readyAt = pod.ready() ? Instant.MIN : Instant.MAX;
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, readyAt));
    pod.node().ifPresent(this::addNode);
    int before = Optional.ofNullable(scales.get(pod.workload())).map(Scale::replicas).orElse(0);
    scales.put(pod.workload(), new Scale(pod, before + 1, "kubectl"));
  }

  /** Adds a pod that names an owner which did not make it. */
  public synchronized void runClaiming(Pod pod) {
    claiming.add(pod.uid());
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, Instant.MIN));
  }

  /** Adds a worker node, unless it exists. */
  public synchronized void addNode(String name) {
    if (!nodes.containsKey(name)) {
      run(
          new Node(
              name, "uid-of-" + name, Instant.EPOCH, false, true, false, false, Set.<String>of()));
    }
  }

  /** Adds a node as given, or replaces the one of that name. */
  public synchronized void run(Node node) {
    nodes.put(node.name(), node);
  }

  /** Adds a disruption budget to a workload such as {@code shop/Deployment/web}. */
  public synchronized void budget(String workload, DisruptionBudget budget) {
    budgets.computeIfAbsent(workload, key -> new ArrayList<>()).add(budget);
  }

  /** Sets whether NetworkPolicies are enforced. */
  public synchronized void enforces(Enforcement now) {
    enforcement = now;
  }

  /** Adds traffic that stays allowed to every isolated pod. */
  public synchronized void allow(String traffic) {
    caveats.add(traffic);
  }

  /** Adds a policy that decides on the egress of every pod. */
  public synchronized void governEgress(String what) {
    governing.add(what);
  }

  /** Adds a policy that decides on the egress of one pod alone. */
  public synchronized void governEgress(Pod pod, String what) {
    governingOne.put(pod.uid(), what);
  }

  /** The peers that workloads are denied, by the UID of the workload. */
  public synchronized Map<String, String> deniedPeers() {
    return Map.copyOf(denied);
  }

  /** All current pods. */
  public synchronized List<Pod> pods() {
    return there().map(this::now).toList();
  }

  @Override
  public synchronized Optional<Pod> pod(String namespace, String name) {
    return Optional.ofNullable(pods.get(key(namespace, name))).filter(this::isThere).map(this::now);
  }

  @Override
  public synchronized int readyPeers(Pod pod) {
    return (int) others(pod).filter(peer -> serves(peer) && !peer.terminating()).count();
  }

  @Override
  public synchronized List<DisruptionBudget> disruptionBudgets(Pod pod) {
    int cutOff =
        (int)
            others(pod)
                .filter(peer -> peer.ready() && !peer.terminating() && !serves(peer))
                .count();
    return budgets.getOrDefault(pod.workload(), List.of()).stream()
        .map(budget -> new DisruptionBudget(budget.name(), Math.max(0, budget.allowed() - cutOff)))
        .toList();
  }

  @Override
  public synchronized Change delete(Pod pod, Duration grace) {
    Change check = check(pod);
    if (check == Change.MADE) {
      pods.remove(key(pod.namespace(), pod.name()));
      isolated.remove(pod.uid());
      if (detached.remove(pod.uid()) == null) {
        pod.owner().filter(owner -> isShort(pod)).ifPresent(owner -> replace(pod, owner));
      }
    }
    return check;
  }

  @Override
  public synchronized Change evict(Pod pod, Duration grace) {
    Change check = check(pod);
    return check == Change.MADE
            && disruptionBudgets(pod).stream().anyMatch(budget -> budget.allowed() < 1)
        ? Change.REFUSED_BY_BUDGET
        : delete(pod, grace);
  }

  /** Returns the replacement's key. */
  @CanIgnoreReturnValue
  private String replace(Pod pod, Pod.Owner owner) {
    Instant now = clock.instant();
    String name =
        switch (owner.kind()) {
          case "StatefulSet" -> pod.name();
          default -> pod.name().substring(0, pod.name().lastIndexOf('-') + 1) + suffix();
        };
    Pod replacement =
        new Pod(
            pod.namespace(),
            name,
            "replacement-" + made + "-of-" + pod.uid(),
            pod.node(),
            now,
            pod.owner(),
            false,
            false,
            pod.hostNetwork(),
            true,
            List.of("c0ffee" + made + pod.name().hashCode()));
    pods.put(key(pod.namespace(), name), new Running(replacement, now.plus(startUp)));
    return key(pod.namespace(), name);
  }

  /** Five characters like those of the API server, but the same in every run. */
  private String suffix() {
    made++;
    StringBuilder suffix = new StringBuilder();
    int rest = made * 7_919 + 104_729;
    for (int i = 0; i < 5; i++) {
      suffix.append(SUFFIX_ALPHABET.charAt(Math.floorMod(rest, SUFFIX_ALPHABET.length())));
      rest = rest / 3 + 31 * made;
    }
    return suffix.toString();
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
    Change check = check(pod);
    if (check == Change.MADE) {
      isolated.add(pod.uid());
      if (!without.isEmpty()
          && detachment(pod).leavesController()
          && !detached.containsKey(pod.uid())) {
        detached.put(pod.uid(), replace(pod, pod.owner().orElseThrow()));
      }
    }
    return check;
  }

  /** The controller takes the pod back and deletes its replacement, which is one too many. */
  @Override
  public synchronized Change release(Pod pod, Map<String, String> with) {
    isolated.remove(pod.uid());
    Change check = check(pod);
    if (!with.isEmpty() || check != Change.MADE) {
      String replacement = detached.remove(pod.uid());
      if (replacement != null && check == Change.MADE) {
        pods.remove(replacement);
      }
    }
    return check;
  }

  @Override
  public synchronized Isolation isolation(Pod pod) {
    return new Isolation(
        isolated.contains(pod.uid()),
        pod.owner().isPresent() && !detached.containsKey(pod.uid()),
        List.copyOf(caveats),
        List.of(),
        List.of());
  }

  @Override
  public synchronized Enforcement enforcement(Pod pod) {
    return enforcement;
  }

  @Override
  public synchronized Set<String> peers(Pod pod) {
    return others(pod).map(Pod::uid).collect(Collectors.toSet());
  }

  @Override
  public synchronized Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return others(pod).filter(peer -> serves(peer) && !before.contains(peer.uid())).findFirst();
  }

  @Override
  public synchronized Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  @Override
  public synchronized List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  @Override
  public synchronized List<String> podsOn(String node, String namespace) {
    return there()
        .map(Running::pod)
        .filter(pod -> pod.namespace().equals(namespace))
        .filter(pod -> pod.node().filter(node::equals).isPresent())
        .map(Pod::name)
        .toList();
  }

  @Override
  public synchronized Change cordon(Node node, boolean taint) {
    Change check = check(node);
    if (check == Change.MADE) {
      Node is = node(node.name()).orElseThrow();
      Set<String> taints = is.taints(taint || is.taintedByUs());
      run(with(is, true, !is.unschedulable() || is.cordonedByUs(), taints));
    }
    return check;
  }

  @Override
  public synchronized Change uncordon(Node node) {
    Change check = check(node);
    if (check == Change.MADE) {
      Node is = node(node.name()).orElseThrow();
      run(with(is, is.unschedulable() && !is.cordonedByUs(), false, is.taints(false)));
    }
    return check;
  }

  /** A person cordons a node, or ends its cordon. */
  public synchronized void cordonByHand(String name, boolean unschedulable) {
    Node is = nodes.get(name);
    if (is != null && is.unschedulable() != unschedulable) {
      run(with(is, unschedulable, false, is.taints()));
    }
  }

  private static Node with(
      Node is, boolean unschedulable, boolean cordonedByUs, Set<String> taints) {
    return new Node(
        is.name(),
        is.uid(),
        is.createdAt(),
        is.controlPlane(),
        is.ready(),
        unschedulable,
        cordonedByUs,
        taints);
  }

  private Change check(Node node) {
    Node is = nodes.get(node.name());
    if (is == null) {
      return Change.GONE;
    }
    return is.uid().equals(node.uid()) ? Change.MADE : Change.REPLACED;
  }

  private boolean isShort(Pod pod) {
    return others(pod).filter(other -> !other.terminating()).count()
        < Optional.ofNullable(scales.get(pod.workload())).map(Scale::replicas).orElse(0);
  }

  @Override
  public synchronized Optional<Workload> workload(Pod pod) {
    return pod.owner().flatMap(owner -> workload(pod.namespace(), owner));
  }

  @Override
  public synchronized Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return Optional.ofNullable(scales.get(namespace + "/" + owner))
        .filter(scale -> Workload.PAUSABLE.contains(owner.kind()))
        .map(
            scale ->
                new Workload(
                    namespace,
                    owner.kind(),
                    owner.name(),
                    "uid-of-" + owner,
                    scale.replicas(),
                    (int) podsOf(namespace + "/" + owner).count(),
                    scale.replicas() == 0 && scale.changedBy().equals(OURS),
                    Optional.of(scale.changedBy()),
                    Optional.empty(),
                    List.of()));
  }

  @Override
  public synchronized Optional<String> foreign(Pod pod) {
    if (detached.containsKey(pod.uid())) {
      return Optional.of(Workload.DETACHED);
    }
    return claiming.contains(pod.uid())
        ? Optional.of("the selector of " + pod.workload() + " does not match its labels")
        : Optional.empty();
  }

  private Stream<Pod> podsOf(String workload) {
    return there()
        .map(this::now)
        .filter(pod -> !claiming.contains(pod.uid()))
        .filter(pod -> !pod.detached() && pod.workload().equals(workload));
  }

  @Override
  public synchronized List<String> detachedFrom(Workload workload) {
    return there()
        .map(this::now)
        .filter(pod -> pod.detached() && pod.workload().equals(workload.workload()))
        .map(Pod::name)
        .toList();
  }

  @Override
  public synchronized Change pause(Workload workload) {
    return scale(workload, 0);
  }

  @Override
  public synchronized Change resume(Workload workload) {
    boolean ours =
        workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
            .filter(Workload::pausedByUs)
            .isPresent();
    return ours ? scale(workload, workload.replicas()) : check(workload);
  }

  private Change scale(Workload workload, int replicas) {
    Change check = check(workload);
    if (check == Change.MADE) {
      scaleBy(OURS, workload.workload(), replicas);
    }
    return check;
  }

  /** Something scales a workload such as {@code shop/Deployment/web}. */
  public synchronized void scaleBy(String who, String workload, int replicas) {
    Scale is = scales.get(workload);
    if (is == null || is.replicas() == replicas) {
      return;
    }
    scales.put(workload, new Scale(is.template(), replicas, who));
    List<Pod> there = podsOf(workload).filter(pod -> !pod.terminating()).toList();
    for (Pod pod : there.subList(Math.min(replicas, there.size()), there.size())) {
      pods.computeIfPresent(
          key(pod.namespace(), pod.name()),
          (key, running) ->
              new Running(running.pod(), running.readyAt(), clock.instant().plus(startUp)));
    }
    for (int i = there.size(); i < replicas; i++) {
      replace(named(is.template(), i), is.template().owner().orElseThrow());
    }
  }

  /** The pods of a StatefulSet are numbered; the names of others end at random. */
  private static Pod named(Pod template, int number) {
    String name = template.name();
    boolean numbered = template.owner().filter(one -> one.kind().equals("StatefulSet")).isPresent();
    return numbered
        ? new Pod(
            template.namespace(),
            name.substring(0, name.lastIndexOf('-') + 1) + number,
            template.uid(),
            template.node(),
            template.createdAt(),
            template.owner(),
            false,
            false,
            template.hostNetwork(),
            true,
            List.of())
        : template;
  }

  private Change check(Workload workload) {
    return workload(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()))
        .map(is -> is.uid().equals(workload.uid()) ? Change.MADE : Change.REPLACED)
        .orElse(Change.GONE);
  }

  @Override
  public synchronized Egress egress(EgressBlock block) {
    List<String> all = new ArrayList<>(governing);
    podsOf(block.of().workload())
        .map(Pod::uid)
        .map(governingOne::get)
        .filter(Objects::nonNull)
        .forEach(all::add);
    return new Egress(Optional.ofNullable(denied.get(block.of().uid())), all, List.of());
  }

  @Override
  public synchronized Change blockEgress(EgressBlock block) {
    Change check = check(block.of());
    if (check != Change.MADE) {
      return check;
    }
    String before = denied.putIfAbsent(block.of().uid(), block.peer());
    if (before != null && !before.equals(block.peer())) {
      throw new Denied("the workload is denied " + before + " already");
    }
    return Change.MADE;
  }

  @Override
  public synchronized Change allowEgress(EgressBlock block) {
    String is = denied.get(block.of().uid());
    if (is == null) {
      return Change.GONE;
    }
    return denied.remove(block.of().uid(), block.peer()) ? Change.MADE : Change.REPLACED;
  }

  /** The pod as it is; the simulation has no logs and events. */
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

  /** The pods that exist; the others have ended. */
  private Stream<Running> there() {
    return pods.values().stream().filter(this::isThere);
  }

  private boolean isThere(Running running) {
    return clock.instant().isBefore(running.endsAt());
  }

  private boolean serves(Pod pod) {
    return pod.ready() && !isolated.contains(pod.uid());
  }

  private Stream<Pod> others(Pod pod) {
    return there()
        .map(this::now)
        .filter(
            peer ->
                !peer.uid().equals(pod.uid())
                    && !peer.detached()
                    && pod.owner().isPresent()
                    && peer.workload().equals(pod.workload()));
  }

  private Change check(Pod pod) {
    Running running = pods.get(key(pod.namespace(), pod.name()));
    if (running == null || !isThere(running)) {
      return Change.GONE;
    }
    return running.pod.uid().equals(pod.uid()) ? Change.MADE : Change.REPLACED;
  }

  private Pod now(Running running) {
    Pod pod = running.pod;
    return new Pod(
        pod.namespace(),
        pod.name(),
        pod.uid(),
        pod.node(),
        pod.createdAt(),
        pod.owner(),
        pod.mirror(),
        pod.terminating() || !running.endsAt().equals(Instant.MAX),
        pod.hostNetwork(),
        pod.ready() && !clock.instant().isBefore(running.readyAt),
        pod.containerIds(),
        detached.containsKey(pod.uid()));
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
