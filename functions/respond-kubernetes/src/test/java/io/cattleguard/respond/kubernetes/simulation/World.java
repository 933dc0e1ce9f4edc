package io.cattleguard.respond.kubernetes.simulation;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A cluster whose controllers replace pods, whose kubelets take time to stop them, and whose
 * PodDisruptionBudgets follow the pods. It notifies its observer of every change that responders
 * make.
 */
final class World implements Cluster {
  /** Is notified of a change before it is made. */
  interface Observer {
    /** A responder deletes or evicts that pod. */
    void deleting(Running pod, Duration grace);

    /** A responder isolates that pod. */
    void isolating(Running pod);

    /** A responder ends the isolation of that pod. */
    void releasing(Running pod);

    /** A responder cordons that node. */
    void cordoning(Node node);

    /** A responder ends the cordon of that node. */
    void uncordoning(Node node);

    /** A responder pauses that workload. */
    void pausing(Workload workload);

    /** A responder restores the number of pods of that workload. */
    void resuming(Workload workload, int replicas);

    /** A responder denies that workload a peer. */
    void denying(EgressBlock block);

    /** A responder allows that workload a peer again. */
    void allowing(EgressBlock block);

    /** A responder revokes the tokens of that pod. */
    default void revoking(Running pod) {}

    /** A responder ends the revocation of that pod's tokens. */
    default void restoring(String uid) {}
  }

  /** The current state of a pod. */
  static final class Running {
    final Pod identity;
    final Optional<Workload> workload;
    Instant readyAt;
    Optional<Instant> gone = Optional.empty();
    boolean isolated;
    boolean detached;
    Map<String, String> labels;

    /** The number of changes of its labels. */
    int version;

    /** The versions with which the last isolation began and ended. */
    int isolatedAs;

    int releasedAs;

    private Running(
        Pod identity, Optional<Workload> workload, Instant readyAt, Map<String, String> labels) {
      this.identity = identity;
      this.workload = workload;
      this.readyAt = readyAt;
      this.labels = new TreeMap<>(labels);
    }

    String uid() {
      return identity.uid();
    }
  }

  /** A controller and the number of pods that it wants. */
  static final class Workload {
    final String namespace;
    final Pod.Owner owner;
    final String team;

    /** How many pods people want. */
    final int replicas;

    /** How many pods it wants now. */
    int wanted;

    boolean pausedByUs;

    Workload(String namespace, Pod.Owner owner, String team, int replicas) {
      this.namespace = namespace;
      this.owner = owner;
      this.team = team;
      this.replicas = replicas;
      this.wanted = replicas;
    }

    String uid() {
      return "uid-of-" + namespace + "/" + owner;
    }

    String inWords() {
      return namespace + "/" + owner;
    }

    /** A person scales it. */
    void scale(int number) {
      wanted = number;
      pausedByUs = false;
    }

    private Map<String, String> labels() {
      return Map.of("app", owner.name(), "team", team);
    }
  }

  /** A budget over every pod of a team, of whichever workload. */
  record Budget(String namespace, String name, String team, int minAvailable) {}

  private static final int NODES = 3;

  /** How long the status of a budget may take to show a change, in this world. */
  static final Duration LAG = Duration.ofMillis(5_100);

  private record Status(int allowed, Instant until) {}

  private final Random random;
  private final Map<String, Running> pods = new LinkedHashMap<>();
  private final List<Workload> workloads = new ArrayList<>();
  private final List<Budget> budgets = new ArrayList<>();
  private final Enforces enforces;
  private Observer observer =
      new Observer() {
        @Override
        public void deleting(Running pod, Duration grace) {}

        @Override
        public void isolating(Running pod) {}

        @Override
        public void releasing(Running pod) {}

        @Override
        public void cordoning(Node node) {}

        @Override
        public void uncordoning(Node node) {}

        @Override
        public void pausing(Workload workload) {}

        @Override
        public void resuming(Workload workload, int replicas) {}

        @Override
        public void denying(EgressBlock block) {}

        @Override
        public void allowing(EgressBlock block) {}
      };

  /** By the UID of a workload, the peer that its pods are denied. */
  final Map<String, String> denied = new TreeMap<>();

  /** By the UID of a pod whose tokens are revoked, when the API server begins to deny them. */
  final Map<String, Instant> revoked = new TreeMap<>();

  /** Those of them that a person revoked. */
  final Set<String> revokedByHand = new TreeSet<>();

  /** Whether the policy that denies the tokens of revoked pods is installed. */
  boolean deniesRevoked = true;

  /** The namespaces with a NetworkPolicy of people that decides on the egress of all pods. */
  final Set<String> governed = new TreeSet<>();

  /** What the disruption controller has written of each budget, and when it writes next. */
  private final Map<Budget, Status> statuses = new LinkedHashMap<>();

  /** Its nodes. */
  private final InMemoryCluster machines = new InMemoryCluster(() -> this.now, Duration.ZERO);

  /** Whether the network plugin denies pods together. */
  private final boolean sharesRules;

  private Instant now;
  private int made;

  World(Random random, Instant now, Enforces enforces, boolean sharesRules) {
    this.random = random;
    this.now = now;
    this.enforces = enforces;
    this.sharesRules = sharesRules;
    for (int i = 0; i < NODES; i++) {
      machines.addNode("node-" + i);
    }
  }

  void observe(Observer one) {
    observer = one;
  }

  void add(Workload workload) {
    workloads.add(workload);
    for (int i = 0; i < workload.replicas; i++) {
      start(workload, now.minus(Duration.ofHours(1)), Duration.ZERO);
    }
  }

  void add(Budget budget) {
    budgets.add(budget);
  }

  /** Adds a pod without a controller. */
  void add(Pod pod) {
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, Optional.empty(), now, Map.of()));
  }

  List<Running> running() {
    return List.copyOf(pods.values());
  }

  Optional<Running> byUid(String uid) {
    return pods.values().stream().filter(pod -> pod.uid().equals(uid)).findFirst();
  }

  /** Lets time pass: kubelets stop pods, and controllers replace missing pods. */
  void pass(Instant to) {
    now = to;
    for (Budget budget : budgets) {
      Status before = statuses.get(budget);
      if (before == null || !before.until().isAfter(now)) {
        statuses.put(
            budget,
            new Status(
                healthyBeyond(budget),
                now.plusMillis(100 + random.nextInt((int) LAG.toMillis() - 100))));
      }
    }
    pods.values().removeIf(pod -> pod.gone.filter(at -> !at.isAfter(now)).isPresent());
    for (Workload workload : workloads) {
      long there =
          pods.values().stream()
              .filter(pod -> isOf(workload, pod) && !pod.detached)
              .filter(pod -> workload.owner.kind().equals("StatefulSet") || pod.gone.isEmpty())
              .count();
      for (long i = there; i < workload.wanted; i++) {
        start(workload, now, Duration.ofMillis(500 + random.nextInt(40_000)));
      }
      if (there > workload.wanted) {
        List<Running> running =
            pods.values().stream()
                .filter(pod -> isOf(workload, pod) && !pod.detached && pod.gone.isEmpty())
                .toList();
        running
            .subList(Math.min(workload.wanted, running.size()), running.size())
            .forEach(pod -> pod.gone = Optional.of(now.plusSeconds(1)));
      }
    }
  }

  /** A rollout replaces every pod of a workload. */
  void rollOut(Workload workload) {
    pods.values().stream()
        .filter(pod -> isOf(workload, pod) && pod.gone.isEmpty())
        .forEach(pod -> pod.gone = Optional.of(now.plusSeconds(1 + random.nextInt(30))));
  }

  List<Workload> workloads() {
    return workloads;
  }

  private static boolean isOf(Workload workload, Running pod) {
    return pod.workload.filter(workload::equals).isPresent();
  }

  private void start(Workload workload, Instant createdAt, Duration startUp) {
    int number = made++;
    String name = workload.owner.name() + "-" + suffix(workload, number);
    Pod pod =
        new Pod(
            workload.namespace,
            name,
            "uid-" + number,
            Optional.of("node-" + random.nextInt(NODES)),
            createdAt,
            Optional.of(workload.owner),
            false,
            false,
            workload.owner.kind().equals("DaemonSet"),
            true,
            List.of(String.format(Locale.ROOT, "%08d", number).repeat(8)));
    pods.put(
        key(workload.namespace, name),
        new Running(pod, Optional.of(workload), now.plus(startUp), workload.labels()));
  }

  /** A StatefulSet uses the first name that is free, again and again. */
  private String suffix(Workload workload, int number) {
    if (!workload.owner.kind().equals("StatefulSet")) {
      return "r" + number;
    }
    int free = 0;
    while (pods.containsKey(key(workload.namespace, workload.owner.name() + "-" + free))) {
      free++;
    }
    return String.valueOf(free);
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  boolean serves(Running pod) {
    return isReady(pod) && !pod.isolated && !pod.detached;
  }

  /**
   * The pods that an isolation of this one would deny too, now or when they replace it: where the
   * network plugin has one set of rules for pods whose names begin alike.
   */
  List<Running> deniedToo(Running pod) {
    return pods.values().stream()
        .filter(other -> sharesRules && other != pod && other.gone.isEmpty())
        .filter(other -> other.identity.namespace().equals(pod.identity.namespace()))
        .filter(other -> other.identity.beginning().equals(pod.identity.beginning()))
        .filter(other -> !isOfOneJob(pod, other))
        .toList();
  }

  private static boolean isOfOneJob(Running pod, Running other) {
    return pod.identity.owner().filter(owner -> owner.kind().equals("Job")).isPresent()
        && pod.identity.owner().equals(other.identity.owner());
  }

  private boolean isReady(Running pod) {
    return pod.gone.isEmpty() && !pod.readyAt.isAfter(now);
  }

  private Pod seen(Running pod) {
    Pod is = pod.identity;
    return new Pod(
        is.namespace(),
        is.name(),
        is.uid(),
        is.node(),
        is.createdAt(),
        is.owner(),
        is.mirror(),
        pod.gone.isPresent(),
        is.hostNetwork(),
        isReady(pod),
        is.containerIds(),
        pod.detached,
        String.valueOf(pod.version),
        false);
  }

  @Override
  public Optional<Pod> pod(String namespace, String name) {
    return Optional.ofNullable(pods.get(key(namespace, name))).map(this::seen);
  }

  private Stream<Running> others(Pod pod) {
    return pods.values().stream()
        .filter(
            other ->
                !other.uid().equals(pod.uid())
                    && !other.detached
                    && other.workload.isPresent()
                    && other.identity.workload().equals(pod.workload()));
  }

  @Override
  public int readyPeers(Pod pod) {
    return (int) others(pod).filter(other -> isReady(other) && !other.isolated).count();
  }

  @Override
  public List<Alike> alike(Pod pod) {
    return pods.values().stream()
        .map(other -> other.identity)
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
  public Set<String> peers(Pod pod) {
    Set<String> uids = new TreeSet<>();
    others(pod).forEach(other -> uids.add(other.uid()));
    return uids;
  }

  /** What a budget allows now: its pods that serve, without those it needs. */
  int allowed(Budget budget) {
    return beyond(budget, this::serves);
  }

  /** The same number as Kubernetes counts it, without knowledge of isolations. */
  private int healthyBeyond(Budget budget) {
    return beyond(budget, this::isReady);
  }

  private int beyond(Budget budget, Predicate<Running> counts) {
    return Math.max(
        0,
        (int) pods.values().stream().filter(pod -> covers(budget, pod) && counts.test(pod)).count()
            - budget.minAvailable());
  }

  private int readyButIsolated(Budget budget, Pod besides) {
    return (int)
        pods.values().stream()
            .filter(pod -> covers(budget, pod) && isReady(pod) && pod.isolated)
            .filter(pod -> !pod.uid().equals(besides.uid()))
            .count();
  }

  private static boolean covers(Budget budget, Running pod) {
    return pod.identity.namespace().equals(budget.namespace())
        && budget.team().equals(pod.labels.get("team"));
  }

  List<Budget> budgetsOf(Running pod) {
    return budgets.stream().filter(budget -> covers(budget, pod)).toList();
  }

  @Override
  public List<DisruptionBudget> disruptionBudgets(Pod pod) {
    return same(pod).map(this::budgetsOf).orElse(List.of()).stream()
        .map(
            budget ->
                new DisruptionBudget(
                    budget.name(), Math.max(0, status(budget) - readyButIsolated(budget, pod))))
        .toList();
  }

  private Optional<Running> same(Pod pod) {
    return Optional.ofNullable(pods.get(key(pod.namespace(), pod.name())))
        .filter(is -> is.uid().equals(pod.uid()));
  }

  private Change check(Pod pod) {
    Running is = pods.get(key(pod.namespace(), pod.name()));
    if (is == null) {
      return Change.GONE;
    }
    return is.uid().equals(pod.uid()) ? Change.MADE : Change.REPLACED;
  }

  @Override
  public Change delete(Pod pod, Duration grace) {
    if (same(pod).filter(is -> !String.valueOf(is.version).equals(pod.version())).isPresent()) {
      throw new Unavailable("the pod has other labels than its guards saw");
    }
    return end(pod, grace);
  }

  @Override
  public Change evict(Pod pod, Duration grace) {
    if (same(pod).map(this::budgetsOf).filter(all -> all.size() > 1).isPresent()) {
      throw new Unavailable("This pod has more than one PodDisruptionBudget");
    }
    boolean refused =
        same(pod).stream()
            .filter(is -> is.gone.isEmpty() && isReady(is))
            .anyMatch(is -> budgetsOf(is).stream().anyMatch(budget -> status(budget) < 1));
    if (refused) {
      return Change.REFUSED_BY_BUDGET;
    }
    // The API server counts each eviction until the controller has seen it.
    same(pod)
        .filter(this::isReady)
        .ifPresent(
            is ->
                budgetsOf(is)
                    .forEach(
                        budget ->
                            statuses.computeIfPresent(
                                budget,
                                (one, status) ->
                                    new Status(status.allowed() - 1, status.until()))));
    return end(pod, grace);
  }

  /** What the budget allows, as its status says it; the status lags behind the pods. */
  private int status(Budget budget) {
    Status status = statuses.get(budget);
    return status == null ? 0 : status.allowed();
  }

  private Change end(Pod pod, Duration grace) {
    Change check = check(pod);
    same(pod)
        .filter(is -> check == Change.MADE && is.gone.isEmpty())
        .ifPresent(
            is -> {
              observer.deleting(is, grace);
              is.gone = Optional.of(now.plusMillis(random.nextInt(1 + (int) grace.toMillis())));
            });
    return check;
  }

  /** A ReplicaSet releases a pod that lost its labels; a StatefulSet keeps it. */
  @Override
  public Detachment detachment(Pod pod) {
    return same(pod)
        .filter(is -> is.workload.isPresent())
        .map(
            is -> {
              Map<String, String> labels = new TreeMap<>(is.labels);
              if (isOfDeployment(is)) {
                return new Detachment(labels, true);
              }
              labels.remove("app");
              return is.identity.owner().filter(o -> o.kind().equals("StatefulSet")).isPresent()
                  ? new Detachment(labels, false)
                  : Detachment.NONE;
            })
        .orElse(Detachment.NONE);
  }

  private static boolean isOfDeployment(Running pod) {
    return pod.identity.owner().filter(o -> o.kind().equals("Deployment")).isPresent();
  }

  @Override
  public Change isolate(Pod pod, Map<String, String> without) {
    Change check = check(pod);
    if (same(pod).filter(is -> isReleasedSince(is, pod.version())).isPresent()) {
      throw new Unavailable("the pod was released since its guards saw it");
    }
    same(pod)
        .filter(is -> check == Change.MADE)
        .ifPresent(
            is -> {
              observer.isolating(is);
              boolean wasIsolated = is.isolated;
              is.isolated = true;
              is.version++;
              if (!wasIsolated) {
                is.isolatedAs = is.version;
              }
              without.keySet().forEach(is.labels::remove);
              is.detached = !without.isEmpty() && isOfDeployment(is);
            });
    return check;
  }

  private static boolean isReleasedSince(Running is, String version) {
    return !version.isEmpty()
        && Integer.parseInt(version) >= is.isolatedAs
        && Integer.parseInt(version) < is.releasedAs;
  }

  @Override
  public Change release(Pod pod, Map<String, String> with) {
    Change check = check(pod);
    same(pod)
        .ifPresent(
            is -> {
              observer.releasing(is);
              is.isolated = false;
              is.version++;
              is.releasedAs = is.version;
              is.labels.putAll(with);
              is.detached = false;
            });
    return check;
  }

  @Override
  public Isolation isolation(Pod pod) {
    return same(pod)
        .map(
            is ->
                new Isolation(
                    is.isolated,
                    is.workload.isPresent() && !is.detached,
                    List.of(),
                    List.of(),
                    List.of()))
        .orElse(new Isolation(false, false, List.of(), List.of(), List.of()));
  }

  @Override
  public Enforcement enforcement(Pod pod) {
    return new Enforcement(enforces, "this world says so");
  }

  @Override
  public boolean hasIsolation(Pod pod) {
    return same(pod).filter(is -> is.isolated).isPresent();
  }

  @Override
  public boolean sharesRules(Pod pod) {
    return sharesRules;
  }

  boolean sharesRules() {
    return sharesRules;
  }

  boolean enforces() {
    return enforces == Enforces.YES;
  }

  @Override
  public Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return others(pod)
        .filter(other -> serves(other) && !before.contains(other.uid()))
        .findFirst()
        .map(this::seen);
  }

  /** A person cordons a node, or ends its cordon. */
  void cordonByHand(String name, boolean unschedulable) {
    machines.cordonByHand(name, unschedulable);
  }

  @Override
  public Optional<Node> node(String name) {
    return machines.node(name);
  }

  @Override
  public List<Node> nodes() {
    return machines.nodes();
  }

  @Override
  public List<String> podsOn(String node, String namespace) {
    return List.of();
  }

  @Override
  public Change cordon(Node node, boolean taint) {
    machines
        .node(node.name())
        .filter(is -> is.uid().equals(node.uid()))
        .ifPresent(observer::cordoning);
    return machines.cordon(node, taint);
  }

  @Override
  public Change uncordon(Node node) {
    machines
        .node(node.name())
        .filter(is -> is.uid().equals(node.uid()))
        .ifPresent(observer::uncordoning);
    return machines.uncordon(node);
  }

  private Optional<Workload> find(String namespace, Pod.Owner owner) {
    return workloads.stream()
        .filter(one -> one.namespace.equals(namespace) && one.owner.equals(owner))
        .findFirst();
  }

  private Optional<Workload> find(io.cattleguard.respond.kubernetes.cluster.Workload workload) {
    return find(workload.namespace(), new Pod.Owner(workload.kind(), workload.name()));
  }

  @Override
  public Optional<io.cattleguard.respond.kubernetes.cluster.Workload> workload(Pod pod) {
    return pod.owner().flatMap(owner -> workload(pod.namespace(), owner));
  }

  @Override
  public Optional<String> foreign(Pod pod) {
    return byUid(pod.uid()).filter(is -> !is.detached).isPresent()
        ? Optional.empty()
        : Optional.of(io.cattleguard.respond.kubernetes.cluster.Workload.DETACHED);
  }

  @Override
  public Optional<io.cattleguard.respond.kubernetes.cluster.Workload> workload(
      String namespace, Pod.Owner owner) {
    return find(namespace, owner)
        .map(
            is ->
                new io.cattleguard.respond.kubernetes.cluster.Workload(
                    namespace,
                    owner.kind(),
                    owner.name(),
                    is.uid(),
                    is.wanted,
                    (int)
                        pods.values().stream()
                            .filter(pod -> isOf(is, pod) && !pod.detached)
                            .count(),
                    is.wanted == 0 && is.pausedByUs,
                    Optional.empty(),
                    Optional.empty(),
                    List.of()));
  }

  @Override
  public Change pause(io.cattleguard.respond.kubernetes.cluster.Workload workload) {
    Workload is = find(workload).orElseThrow();
    if (is.wanted != workload.replicas() && is.wanted != 0) {
      throw new Unavailable("the workload was scaled meanwhile");
    }
    observer.pausing(is);
    is.pausedByUs = is.pausedByUs || is.wanted > 0;
    is.wanted = 0;
    return Change.MADE;
  }

  @Override
  public List<String> detachedFrom(io.cattleguard.respond.kubernetes.cluster.Workload workload) {
    return List.of();
  }

  @Override
  public Change resume(io.cattleguard.respond.kubernetes.cluster.Workload workload) {
    Workload is = find(workload).orElseThrow();
    observer.resuming(is, workload.replicas());
    if (is.pausedByUs && is.wanted == 0) {
      is.scale(workload.replicas());
    }
    return Change.MADE;
  }

  @Override
  public Egress egress(EgressBlock block) {
    return new Egress(
        Optional.ofNullable(denied.get(block.of().uid())),
        governed.contains(block.of().namespace()) ? List.of("NetworkPolicy of people") : List.of(),
        List.of(),
        List.of());
  }

  @Override
  public Change blockEgress(EgressBlock block) {
    observer.denying(block);
    String before = denied.putIfAbsent(block.of().uid(), block.peer());
    if (before != null && !before.equals(block.peer())) {
      throw new Denied("the workload is denied " + before + " already");
    }
    return Change.MADE;
  }

  @Override
  public Change allowEgress(EgressBlock block) {
    String is = denied.get(block.of().uid());
    if (is == null) {
      return Change.GONE;
    }
    observer.allowing(block);
    return denied.remove(block.of().uid(), block.peer()) ? Change.MADE : Change.REPLACED;
  }

  @Override
  public Change revokeTokens(Pod pod) {
    Change check = check(pod);
    if (check == Change.MADE) {
      observer.revoking(same(pod).orElseThrow());
      revoke(pod.uid());
    }
    return check;
  }

  /** The API server begins to deny it a moment later, sometimes many seconds later. */
  private void revoke(String uid) {
    if (!revoked.containsKey(uid)) {
      int most = random.nextInt(8) == 0 ? 90_000 : 500;
      revoked.put(uid, now.plusMillis(random.nextInt(most)));
    }
  }

  /** A person revokes the tokens of a pod. */
  void revokeByHand(String uid) {
    if (!revoked.containsKey(uid)) {
      revoke(uid);
      revokedByHand.add(uid);
    }
  }

  /** A person ends the revocation of a pod's tokens. */
  void restoreByHand(String uid) {
    revoked.remove(uid);
    revokedByHand.remove(uid);
  }

  @Override
  public Change restoreTokens(Pod pod) {
    if (!revoked.containsKey(pod.uid())) {
      return Change.GONE;
    }
    if (revokedByHand.contains(pod.uid())) {
      return Change.REPLACED;
    }
    observer.restoring(pod.uid());
    revoked.remove(pod.uid());
    return Change.MADE;
  }

  @Override
  public int revocations() {
    return revoked.size();
  }

  @Override
  public Revocation revocation(Pod pod) {
    String uid = pod.uid();
    return new Revocation(
        revoked.containsKey(uid),
        revoked.containsKey(uid) && !revokedByHand.contains(uid),
        isDenied(uid),
        deniesRevoked ? Optional.empty() : Optional.of("the policy is not installed"));
  }

  /** Whether the API server denies the tokens of that pod. */
  boolean isDenied(String uid) {
    Instant from = revoked.get(uid);
    return deniesRevoked && from != null && !from.isAfter(now);
  }

  @Override
  public Map<String, Fact<Excerpt>> evidence(Pod pod, int logBytes, Duration within) {
    return random.nextInt(10) == 0
        ? Map.of("pod.json", new Fact.Unknown<>("no answer"))
        : Map.of("pod.json", new Fact.Known<>(Excerpt.whole(pod.toJson().toString())));
  }
}
