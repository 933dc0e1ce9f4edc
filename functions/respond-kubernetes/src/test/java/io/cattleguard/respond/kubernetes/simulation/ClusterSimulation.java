package io.cattleguard.respond.kubernetes.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.InMemoryEvidenceStore;
import io.cattleguard.respond.kubernetes.actions.BlockEgress;
import io.cattleguard.respond.kubernetes.actions.CaptureEvidence;
import io.cattleguard.respond.kubernetes.actions.CordonNode;
import io.cattleguard.respond.kubernetes.actions.DeletePod;
import io.cattleguard.respond.kubernetes.actions.IsolatePod;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.actions.PauseWorkload;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.simulation.Simulation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Simulates a random cluster, alerts that are forged, replayed, outdated, duplicated or dated by
 * wrong clocks, and people who remove isolations, delete pods and roll out workloads.
 */
final class ClusterSimulation extends Simulation implements World.Observer {
  private static final String CLUSTER = "blue";
  private static final String INTRUSION = "Reverse shell";
  private static final String MINER = "Miner";
  private static final String WORM = "Worm";
  private static final String BEACON = "Beacon";
  private static final String BLOCK = "block-egress";
  private static final String NODES = "nodes";
  private static final String ESCAPE = "Container escape";
  private static final Set<String> CHANGES =
      Set.of(
          "delete",
          "evict",
          "isolate",
          "release",
          "cordon",
          "uncordon",
          "pause",
          "resume",
          "blockEgress",
          "allowEgress");

  /**
   * Some on the internet, of which one workload may be denied one; the last one is never denied.
   */
  private static final List<String> PEERS =
      List.of("203.0.113.7", "198.51.100.9", "203.0.113.8", "192.0.2.7");

  /** By a setting. */
  private static final String PROTECTED_HERE = "ingress";

  /** It is read concurrently with another read, so it is not a separate step. */
  private static final Set<String> BESIDE =
      Set.of("disruptionBudgets", "look", "peers", "nodes", "within");

  /** Whether alerts are about many pods of large workloads. */
  private final boolean storm;

  /** The objects of alerts, each as often as it is listed. */
  private final List<String> rules;

  /** Whether most alerts are about one workload. */
  private final boolean oneWorkload;

  /** Whether they are about one pod, which is isolated for three minutes again and again. */
  private final boolean siege;

  /** Whether small workloads share budgets that hardly allow anything, and are to be deleted. */
  private final boolean sharedBudgets;

  private final World world;
  private final Playbooks playbooks;
  private final Map<String, Long> isolated = new HashMap<>();
  private final Map<String, Long> cordoned = new HashMap<>();

  private final Map<String, Long> paused = new HashMap<>();

  /** The time at which a responder denied a workload a peer, by the workload's UID. */
  private final Map<String, Long> denied = new HashMap<>();

  private final Map<String, Integer> before = new HashMap<>();

  /** The workloads that a person scaled to zero. */
  private final Set<String> zeroByHand = new HashSet<>();

  /** The nodes whose cordon is a person's. */
  private final Set<String> byHand = new HashSet<>();

  private final InMemoryEvidenceStore evidence = new InMemoryEvidenceStore();

  /** The last serving pod that was isolated, by its workload and by its budgets. */
  private final Map<String, Took> took = new HashMap<>();

  /** When pods were deleted, by workload and UID. */
  private final Map<String, Map<String, Instant>> deleted = new HashMap<>();

  /** When alerts saw a pod, by its UID. */
  private final Map<String, List<Instant>> alerted = new HashMap<>();

  /** The outcomes of isolations of which people were notified, by alert. */
  private final Map<String, List<ResponseDecided>> isolations = new HashMap<>();

  /** The times at which pods of a namespace ended for another reason than an action on pods. */
  private final Map<String, Instant> lost = new HashMap<>();

  private int alerts;

  private record Took(Instant at, String uid) {}

  ClusterSimulation(long seed) {
    super(seed);
    Random random = random();
    this.storm = random.nextInt(3) == 0;
    this.oneWorkload = random.nextInt(3) == 0;
    this.sharedBudgets = !oneWorkload && random.nextInt(8) == 0;
    this.rules = sharedBudgets ? List.of(MINER, MINER, MINER, INTRUSION) : rules(random);
    this.siege = oneWorkload && random.nextInt(3) > 0;
    this.world =
        new World(
            random,
            START,
            siege ? Cluster.Enforces.YES : enforcement(random),
            random.nextInt(4) == 0);
    populate();
    world.observe(this);
    IsolatePod isolate =
        new IsolatePod(
            siege || random.nextInt(3) > 0 ? Duration.ofMinutes(3) : Duration.ofHours(4),
            random.nextInt(4) > 0);
    List<Action<?, ?>> steps =
        switch (random.nextInt(4)) {
          case 0 -> List.of(siege ? isolate : new DeletePod());
          case 1 -> List.of(new CaptureEvidence(), isolate);
          default -> siege ? List.of(isolate) : List.of(isolate, new DeletePod());
        };
    List<Playbook> all = new ArrayList<>(List.of(playbook("contain", INTRUSION, steps)));
    if (oneWorkload || sharedBudgets || random.nextBoolean()) {
      all.add(playbook("remove", MINER, List.of(new DeletePod())));
    }
    all.add(
        playbook(
            "cordon",
            ESCAPE,
            List.of(new CordonNode(Duration.ofMinutes(20), random.nextBoolean(), 10))));
    all.add(
        playbook(
            "pause",
            WORM,
            List.of(new PauseWorkload(Duration.ofMinutes(30), random.nextInt(4) > 0))));
    all.add(playbook("block", BEACON, List.of(new BlockEgress(Duration.ofMinutes(25), true))));
    Limits usual = Limits.DEFAULT;
    this.playbooks =
        new Playbooks(
            all,
            Actions.registered(),
            new Limits(
                Set.of(PROTECTED_HERE),
                usual.hourly(),
                usual.repeatOffender(),
                usual.circuitBreaker(),
                Map.of(),
                usual.operators(),
                List.of(Cidr.parse("192.0.2.0/24").orElseThrow())));
  }

  private Playbook playbook(String name, String rule, List<Action<?, ?>> steps) {
    Random random = random();
    return new Playbook(
        name,
        EventPattern.compile(
            JsonMapper.builder()
                .build()
                .valueToTree(Map.of("alert", Map.of("rule", List.of(rule))))),
        mode(),
        Duration.ofMinutes(10),
        steps,
        new Budget(
            random.nextBoolean() ? Budget.Per.WORKLOAD : Budget.Per.NAMESPACE,
            1 + random.nextInt(storm || oneWorkload || sharedBudgets ? 20 : 4),
            Duration.ofMinutes(10)),
        Optional.empty(),
        approval());
  }

  /** In every second run, some kinds of alerts do not occur. */
  private static List<String> rules(Random random) {
    List<String> all =
        List.of(ESCAPE, MINER, MINER, MINER, WORM, BEACON, INTRUSION, INTRUSION, INTRUSION);
    if (random.nextBoolean()) {
      return all;
    }
    Set<String> absent = new HashSet<>();
    for (String rule : List.of(ESCAPE, MINER, WORM, BEACON, INTRUSION)) {
      if (random.nextBoolean()) {
        absent.add(rule);
      }
    }
    List<String> some = all.stream().filter(rule -> !absent.contains(rule)).toList();
    return some.isEmpty() ? List.of(INTRUSION, MINER) : some;
  }

  private static Cluster.Enforces enforcement(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> Cluster.Enforces.NO;
      case 1 -> Cluster.Enforces.UNKNOWN;
      default -> Cluster.Enforces.YES;
    };
  }

  private void populate() {
    Random random = random();
    List<String> namespaces = List.of("shop", "bank", "kube-system", PROTECTED_HERE);
    if (oneWorkload) {
      String kind = random.nextInt(3) == 0 ? "StatefulSet" : "Deployment";
      world.add(
          new World.Workload("shop", new Pod.Owner(kind, "w"), "team-0", 3 + random.nextInt(4)));
    }
    if (sharedBudgets) {
      shareBudgets(random);
    }
    for (int i = 0; i < 2 + random.nextInt(4); i++) {
      String kind =
          List.of("Deployment", "Deployment", "StatefulSet", "DaemonSet", "Job")
              .get(random.nextInt(5));
      world.add(
          new World.Workload(
              namespaces.get(random.nextInt(6) == 0 ? 2 + random.nextInt(2) : random.nextInt(2)),
              new Pod.Owner(kind, "w" + i),
              "team-" + random.nextInt(2),
              1 + random.nextInt(storm ? 14 : 4)));
    }
    for (String namespace : List.of("shop", "bank")) {
      if (!(sharedBudgets && namespace.equals("shop")) && random.nextBoolean()) {
        String team = "team-" + random.nextInt(2);
        world.add(new World.Budget(namespace, "budget", team, 1 + random.nextInt(3)));
        if (random.nextInt(3) == 0) {
          world.add(new World.Budget(namespace, "second", team, 1 + random.nextInt(3)));
        }
      }
    }
    for (boolean mirror : List.of(true, false)) {
      world.add(
          new Pod(
              "shop",
              mirror ? "static" : "bare",
              mirror ? "uid-static" : "uid-bare",
              Optional.of("node-0"),
              START.minusSeconds(3_600),
              Optional.empty(),
              mirror,
              false,
              false,
              true,
              List.of("c".repeat(64))));
    }
  }

  /** The Eviction API does not support two budgets for a pod, so nothing but slots keeps them. */
  private void shareBudgets(Random random) {
    int pods = 0;
    for (int i = 0; i < 4; i++) {
      int replicas = 2 + random.nextInt(2);
      world.add(
          new World.Workload("shop", new Pod.Owner("Deployment", "s" + i), "team-0", replicas));
      pods += replicas;
    }
    world.add(new World.Budget("shop", "first", "team-0", pods - 1 - random.nextInt(2)));
    if (random.nextInt(4) > 0) {
      world.add(new World.Budget("shop", "second", "team-0", 1 + random.nextInt(pods)));
    }
  }

  @Override
  protected Playbooks playbooks() {
    return playbooks;
  }

  @Override
  protected Places places() {
    return Places.of(
        KubernetesScope.class,
        KubernetesScope.of(
                faulty(Cluster.class, world, BESIDE, CHANGES),
                Optional.of(CLUSTER),
                playbooks.limits())
            .keepingEvidence(faulty(EvidenceStore.class, evidence, Set.of(), Set.of())));
  }

  @Override
  protected StoredLedger ledgerIn(VersionedTable shared) {
    return StoredLedger.of(shared, CLUSTER);
  }

  @Override
  protected void passed() {
    world.pass(now());
  }

  @Override
  protected int alertShare() {
    return siege ? 45 : storm ? 105 : 60;
  }

  @Override
  protected Object denied() {
    throw new Denied("an admission policy says no (HTTP 422)");
  }

  // The alerts that sensors and attackers send.

  @Override
  protected void alert() {
    Random random = random();
    Instant now = now();
    List<World.Running> pods = world.running();
    if (pods.isEmpty()) {
      return;
    }
    World.Running pod = about(pods);
    Pod is = pod.identity;
    Target.Builder target = target(is).podUid(random.nextBoolean() ? is.uid() : null);
    Instant at = now.minusMillis(random.nextInt(3_000));
    boolean replayed = false;
    boolean honest = true;
    // Where most alerts are about one workload, most can be acted on.
    switch (random.nextInt(oneWorkload || sharedBudgets ? 60 : 12)) {
      case 0 -> {
        target.cluster("green");
        honest = false;
      }
      case 1 -> {
        target.node("node-9");
        honest = false;
      }
      case 2 -> {
        target.podUid("uid-of-nobody");
        honest = false;
      }
      case 3 -> {
        at = now.minus(Duration.ofMinutes(11 + random.nextInt(100)));
        honest = false;
      }
      case 4 -> {
        at = now.plus(Duration.ofMinutes(3 + random.nextInt(100)));
        target.podUid(is.uid());
      }
      case 5 -> {
        replayed = true;
        honest = false;
      }
      case 6 -> at = now.minus(Duration.ofSeconds(random.nextInt(500)));
      default -> {}
    }
    if (honest) {
      see(is.uid());
      is.node().flatMap(world::node).map(Node::uid).ifPresent(this::see);
      pod.workload.map(World.Workload::uid).ifPresent(this::see);
      pod.workload.ifPresent(one -> PEERS.forEach(peer -> see(one.uid() + "/" + peer)));
    }
    String id = "a" + alerts++;
    String drawn = rules.get(random.nextInt(rules.size()));
    String rule =
        (siege && random.nextBoolean()) || (drawn.equals(ESCAPE) && !honest) ? INTRUSION : drawn;
    ScoredAlert scored = scored(id, rule, target.build(), at);
    alerted.computeIfAbsent(is.uid(), key -> new ArrayList<>()).add(at);
    boolean isReplayed = replayed;
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(now.plusMillis(random.nextInt(5_000)), scored, isReplayed);
    }
  }

  private World.Running about(List<World.Running> pods) {
    Random random = random();
    if (oneWorkload && random.nextInt(4) > 0) {
      World.Workload first = world.workloads().getFirst();
      List<World.Running> of =
          pods.stream().filter(pod -> pod.workload.filter(first::equals).isPresent()).toList();
      if (!of.isEmpty() && siege) {
        return of.getFirst();
      }
      if (!of.isEmpty()) {
        return of.get(random.nextInt(of.size()));
      }
    }
    if (sharedBudgets && random.nextInt(6) > 0) {
      List<World.Running> of =
          pods.stream().filter(pod -> !world.budgetsOf(pod).isEmpty()).toList();
      if (!of.isEmpty()) {
        return of.get(random.nextInt(of.size()));
      }
    }
    return pods.get(random.nextInt(pods.size()));
  }

  private static Target.Builder target(Pod pod) {
    return TestAlerts.reverseShell("x").target().toBuilder()
        .cluster(CLUSTER)
        .namespace(pod.namespace())
        .pod(pod.name())
        .node(pod.node().orElse("none"))
        .podUid(pod.uid())
        .containerId(pod.containerIds().getFirst().substring(0, 12));
  }

  private static ScoredAlert scored(String id, String rule, Target target, Instant at) {
    Alert alert =
        TestAlerts.alert(id, rule, Severity.CRITICAL)
            .target(target)
            .network(
                new ObservedConnection(
                    PEERS.get(Math.floorMod(id.hashCode(), PEERS.size())), 443, "tcp", "outbound"))
            .at(at)
            .build();
    String node = target.node();
    return new ScoredAlert(
        new AcceptedAlert(
            node != null && rule.equals(ESCAPE) ? alert.seenOnNode(node) : alert,
            "f00d",
            Acceptance.OPENED,
            1,
            at,
            at,
            1,
            1),
        85,
        List.of(new Points(85, "a test")));
  }

  // What people do.

  @Override
  protected void interfere(int what) {
    Random random = random();
    switch (what) {
      case 5 ->
          world.running().stream()
              .filter(pod -> pod.isolated)
              .findFirst()
              .ifPresent(this::takeIsolationAway);
      case 6 ->
          world.running().stream()
              .filter(pod -> pod.workload.isPresent() && pod.gone.isEmpty())
              .skip(random.nextInt(4))
              .findFirst()
              .ifPresent(
                  pod -> {
                    trace("a person deletes " + pod.identity.inWords());
                    lost.put(pod.identity.namespace(), now());
                    pod.gone = Optional.of(now().plusSeconds(random.nextInt(30)));
                    disturb(pod);
                  });
      default -> {
        if (random.nextInt(4) == 0 && !world.workloads().isEmpty()) {
          scaleByHand(world.workloads().get(random.nextInt(world.workloads().size())));
        }
        if (random.nextInt(4) == 0) {
          changePolicies(random.nextBoolean() ? "shop" : "bank");
        }
        if (random.nextInt(3) == 0) {
          cordonByHand("node-" + random.nextInt(3), random.nextBoolean());
        }
        if (!world.workloads().isEmpty() && random.nextInt(3) == 0) {
          World.Workload workload = world.workloads().get(random.nextInt(world.workloads().size()));
          trace("a person rolls out " + workload.inWords());
          lost.put(workload.namespace, now());
          world.rollOut(workload);
          world.running().stream()
              .filter(pod -> pod.workload.filter(workload::equals).isPresent())
              .forEach(this::disturb);
        }
      }
    }
  }

  private void takeIsolationAway(World.Running pod) {
    trace("a person removes the isolation of " + pod.uid());
    pod.isolated = false;
    undone(pod.uid());
    disturb(pod);
  }

  private void changePolicies(String namespace) {
    trace("a person changes the NetworkPolicies of " + namespace);
    if (!world.governed.remove(namespace)) {
      world.governed.add(namespace);
    }
    for (World.Workload workload : world.workloads()) {
      if (workload.namespace.equals(namespace)) {
        if (random().nextInt(4) == 0 && world.denied.remove(workload.uid()) != null) {
          undone(workload.uid());
        }
        disturb(workload);
      }
    }
  }

  private void scaleByHand(World.Workload workload) {
    trace("a person scales " + workload.uid());
    lost.put(workload.namespace, now());
    // Fewer pods than before would make the last ones go later, unlike what is checked meanwhile.
    int more = Math.max(workload.wanted, workload.replicas + random().nextInt(3));
    workload.scale(random().nextInt(4) == 0 ? 0 : more);
    if (workload.wanted == 0) {
      zeroByHand.add(workload.uid());
    } else {
      zeroByHand.remove(workload.uid());
    }
    undone(workload.uid());
    disturb(workload);
  }

  private void disturb(World.Workload workload) {
    disturb(workload.uid());
    disturb(workload.inWords());
    disturb(workload.namespace);
  }

  private void cordonByHand(String name, boolean unschedulable) {
    if (world.node(name).filter(node -> node.unschedulable() != unschedulable).isEmpty()) {
      // kubectl reports that nothing changes.
      return;
    }
    trace("a person " + (unschedulable ? "cordons " : "uncordons ") + name);
    world.cordonByHand(name, unschedulable);
    if (unschedulable) {
      byHand.add(name);
    } else {
      byHand.remove(name);
      world.node(name).map(Node::uid).ifPresent(this::undone);
    }
    disturb(NODES);
  }

  private void disturb(World.Running pod) {
    disturb(pod.uid());
    disturb(pod.identity.workload());
    disturb(pod.identity.namespace());
  }

  /**
   * Whether pods went by another hand so shortly before this process began that the status of a
   * budget may not show it.
   */
  private boolean hasLostPods(String namespace) {
    return Optional.ofNullable(lost.get(namespace))
        .filter(at -> at.plus(World.LAG).isAfter(began()))
        .isPresent();
  }

  // What must hold.

  @Override
  public void deleting(World.Running pod, Duration grace) {
    acting("delete-pod", pod);
    if (grace.compareTo(Duration.ofSeconds(1)) < 0) {
      violate("deleted " + pod.identity.inWords() + " by force");
    }
    String workload = pod.identity.workload();
    deleted.computeIfAbsent(workload, key -> new HashMap<>()).putIfAbsent(pod.uid(), now());
    if (deleted.get(workload).values().stream()
            .filter(at -> at.isAfter(now().minus(Duration.ofMinutes(50))))
            .count()
        > Limits.DEFAULT.repeatOffender().max()) {
      violate("deleted a pod of " + workload + " again and again");
    }
    if (pod.workload.isEmpty()
        || pod.identity.owner().stream()
            .noneMatch(
                owner -> owner.kind().equals("Deployment") || owner.kind().equals("StatefulSet"))) {
      violate("deleted " + pod.identity.inWords() + ", which nothing replaces");
    }
    // An API server has no precondition on labels, so a release at the same moment is not noticed.
    boolean isReleasedNow = isDisturbedSinceLastCall(pod.uid());
    if (isLast(pod)
        && world.serves(pod)
        && !isReleasedNow
        && !isDisturbed(pod.identity.workload())) {
      violate("deleted the last pod of " + pod.identity.workload() + " that serves");
    }
    if (world.serves(pod)
        && !isReleasedNow
        && world.budgetsOf(pod).stream().anyMatch(budget -> world.allowed(budget) < 1)
        && !isDisturbed(pod.identity.namespace())
        && !hasLostPods(pod.identity.namespace())) {
      violate("deleted " + pod.identity.inWords() + " against a PodDisruptionBudget");
    }
  }

  @Override
  public void isolating(World.Running pod) {
    if (!pod.isolated) {
      acting("isolate-pod", pod);
      containing("isolated " + pod.identity.inWords(), new Ledger.Key("isolate-pod", pod.uid()));
    }
    if (pod.identity.hostNetwork()) {
      violate("isolated " + pod.identity.inWords() + " on the host network");
    }
    if (ledger().remembered(new Ledger.Key("isolate-pod", pod.uid())).isEmpty()) {
      violate("isolated " + pod.identity.inWords() + " without a lease");
    }
    if (!pod.isolated
        && world.sharesRules()
        && (isReplicated(pod) || !world.deniedToo(pod).isEmpty())
        && !isDisturbed(pod.identity.workload())
        && !isDisturbed(takenBack(pod))) {
      violate("isolated " + pod.identity.inWords() + " and so denied other pods");
    }
    if (world.serves(pod)) {
      if (isLast(pod)
          && isReplicated(pod)
          && !mayBeLastRetry(pod)
          && !isDisturbed(pod.identity.workload())
          && wasIsolatedBefore(pod, pod.identity.workload())) {
        violate("isolated the last pod of " + pod.identity.workload() + " after another one");
      }
      for (World.Budget budget : world.budgetsOf(pod)) {
        if (world.allowed(budget) < 1
            && !mayBeLastRetry(pod)
            && !isDisturbed(pod.identity.namespace())
            && !hasLostPods(pod.identity.namespace())
            && wasIsolatedBefore(pod, budget.toString())) {
          violate("isolated " + pod.identity.inWords() + " after another pod of " + budget);
        }
      }
      String workload = pod.identity.workload();
      took.put(workload, new Took(now(), pod.uid()));
      world.budgetsOf(pod).forEach(one -> took.put(one.toString(), new Took(now(), pod.uid())));
    }
    isolated.put(pod.uid(), ordinal());
  }

  private boolean isLast(World.Running pod) {
    return world.running().stream()
        .noneMatch(
            other -> other != pod && other.workload.equals(pod.workload) && world.serves(other));
  }

  private static boolean isReplicated(World.Running pod) {
    return pod.identity.owner().stream()
        .anyMatch(owner -> Set.of("Deployment", "StatefulSet").contains(owner.kind()));
  }

  /**
   * The last retry is a minute before an alert is too old, or later; of what was approved, a minute
   * and a half.
   */
  private boolean mayBeLastRetry(World.Running pod) {
    return alerted.getOrDefault(pod.uid(), List.of()).stream()
        .anyMatch(at -> !at.plus(Duration.ofMinutes(10)).isAfter(now().plusSeconds(94)));
  }

  @Override
  protected void heard(ResponseDecided decided) {
    if (decided.explanation().startsWith("not fully in effect any more")) {
      checkLost(decided);
    }
    if (decided.action().equals("isolate-pod")) {
      String alert = decided.scored().alert().id();
      isolations.computeIfAbsent(alert, key -> new ArrayList<>()).add(decided);
      boolean isOver =
          decided.outcome() == ResponseOutcome.REFUSED
              && !decided.explanation().contains("no action taken yet");
      if (isOver
          && !decided.objections().isEmpty()
          && decided.objections().stream().allMatch(ClusterSimulation::isPlace)) {
        violate("never isolated for want of a slot: " + decided.explanation());
      }
    }
  }

  /** Only something outside can have ended it. */
  private void checkLost(ResponseDecided decided) {
    String uid = uidOf(decided);
    boolean isolated = world.byUid(uid).filter(pod -> pod.isolated).isPresent();
    if (decided.action().equals("isolate-pod") && isolated && !isEndedSince(uid)) {
      violate("told as not isolated any more, and is: " + decided.target());
    }
  }

  private static boolean isPlace(String objection) {
    return objection.contains("another pod was isolated less than")
        || objection.startsWith("too many actions run at once for ");
  }

  /** A slot is kept for three minutes from the start of an attempt, which may last a minute. */
  private boolean wasIsolatedBefore(World.Running pod, String among) {
    return Optional.ofNullable(took.get(among))
        .filter(one -> !one.uid().equals(pod.uid()))
        .filter(one -> one.at().isAfter(now().minus(Duration.ofMinutes(1))))
        .isPresent();
  }

  /** Whether a person or an undo ended the isolation before it was reported. */
  private boolean isEndedSince(String uid) {
    return isDisturbedSince(uid, isolated.getOrDefault(uid, 0L));
  }

  /** An undo may come between the check of an isolation and its message. */
  @Override
  public void releasing(World.Running pod) {
    if (pod.isolated) {
      releasing("released " + pod.identity.inWords(), new Ledger.Key("isolate-pod", pod.uid()));
    }
    disturb(pod.uid());
    if (pod.detached) {
      disturb(takenBack(pod));
    }
    undone(pod.uid());
  }

  /** A workload that takes a pod back deletes one, perhaps the only one on another node. */
  private static String takenBack(World.Running pod) {
    return "taken back by " + pod.identity.workload();
  }

  @Override
  public void cordoning(Node node) {
    if (!node.unschedulable()) {
      approved("cordoned " + node.inWords(), new Ledger.Key("cordon-node", node.uid()));
      acting("cordon-node on " + node.inWords(), node.uid(), node.workload(), NODES, false);
      containing("cordoned " + node.inWords(), new Ledger.Key("cordon-node", node.uid()));
      if (world.nodes().stream().anyMatch(Node::unschedulable) && !isDisturbed(NODES)) {
        violate("cordoned " + node.inWords() + ", the second of three nodes");
      }
      if (ledger().remembered(new Ledger.Key("cordon-node", node.uid())).isEmpty()) {
        violate("cordoned " + node.inWords() + " without a lease");
      }
    }
    cordoned.put(node.uid(), ordinal());
  }

  @Override
  public void uncordoning(Node node) {
    if (node.cordonedByUs()) {
      releasing("uncordoned " + node.inWords(), new Ledger.Key("cordon-node", node.uid()));
    }
    undone(node.uid());
    disturb(NODES);
  }

  @Override
  public void pausing(World.Workload workload) {
    if (workload.wanted > 0) {
      approved("paused " + workload.inWords(), new Ledger.Key("pause-workload", workload.uid()));
      acting(
          "pause-workload on " + workload.inWords(),
          workload.uid(),
          workload.inWords(),
          workload.namespace,
          workload.namespace.equals("kube-system"));
      containing("paused " + workload.inWords(), new Ledger.Key("pause-workload", workload.uid()));
      if (workload.owner.kind().equals("DaemonSet")) {
        violate("paused " + workload.inWords());
      }
      if (ledger().remembered(new Ledger.Key("pause-workload", workload.uid())).isEmpty()) {
        violate("paused " + workload.inWords() + " without a lease");
      }
      before.put(workload.uid(), workload.wanted);
    }
    paused.put(workload.uid(), ordinal());
    lost.put(workload.namespace, now());
    disturb(workload);
  }

  @Override
  public void resuming(World.Workload workload, int replicas) {
    if (workload.pausedByUs) {
      releasing("resumed " + workload.inWords(), new Ledger.Key("pause-workload", workload.uid()));
    }
    if (workload.wanted == 0
        && workload.pausedByUs
        && replicas != before.getOrDefault(workload.uid(), -1)) {
      violate("resumed " + workload.inWords() + " with " + replicas + " pods");
    }
    undone(workload.uid());
    disturb(workload);
  }

  @Override
  public void denying(EgressBlock block) {
    String what = BLOCK + " denied " + block.inWords();
    if (block.peer().equals(PEERS.getLast())) {
      violate(what + ", which is never denied");
    }
    Ledger.Key key = new Ledger.Key(BLOCK, block.uid());
    if (!world.denied.containsKey(block.of().uid())) {
      acting(
          what,
          block.uid(),
          block.workload(),
          block.neighbourhood(),
          Set.of("kube-system", PROTECTED_HERE).contains(block.of().namespace()));
      containing(what, key);
      if (world.governed.contains(block.of().namespace()) && !isDisturbed(block.of().namespace())) {
        violate(what + ", which allows more than before");
      }
    }
    if (ledger().remembered(key).isEmpty()) {
      violate(what + " without a lease");
    }
    denied.put(block.of().uid(), ordinal());
  }

  @Override
  public void allowing(EgressBlock block) {
    // A policy that would allow more than people want is removed immediately.
    if (!world.governed.contains(block.of().namespace())) {
      releasing("allowed " + block.inWords(), new Ledger.Key(BLOCK, block.uid()));
    }
    undone(block.of().uid());
    disturb(block.of().uid());
  }

  private void acting(String action, World.Running pod) {
    Pod is = pod.identity;
    approved(action + " on " + is.inWords(), new Ledger.Key(action, pod.uid()));
    acting(
        action + " on " + is.inWords(),
        pod.uid(),
        is.workload(),
        is.namespace(),
        Set.of("kube-system", PROTECTED_HERE).contains(is.namespace()) || is.mirror());
  }

  @Override
  protected String objectOf(ResponseDecided decided) {
    return uidOf(decided);
  }

  private static String uidOf(ResponseDecided decided) {
    if (!decided.target().contains("(uid ")) {
      return decided.target();
    }
    int from = decided.target().indexOf("(uid ") + 5;
    return decided.target().substring(from, decided.target().indexOf(')', from));
  }

  @Override
  protected void checkTaken(ResponseDecided decided) {
    String uid = uidOf(decided);
    Optional<World.Running> pod = world.byUid(uid);
    if (decided.action().equals("delete-pod") && pod.isPresent()) {
      violate("told as deleted, and is not: " + decided.target());
    }
    if (decided.action().equals("cordon-node")
        && world.nodes().stream().noneMatch(node -> node.uid().equals(uid) && node.unschedulable())
        && !isDisturbedSince(NODES, cordoned.getOrDefault(uid, 0L))) {
      violate("told as cordoned, and is not: " + decided.target());
    }
    if (decided.action().equals("capture-evidence")
        && !decided.explanation().contains(" changed nothing: ")) {
      EvidenceChain.Report report = new EvidenceChain(evidence, "f00d").verify();
      if (!report.faults().isEmpty()
          || report.manifests().stream()
              .noneMatch(manifest -> decided.explanation().contains(manifest.sha256()))) {
        violate("told as captured, and is not kept: " + decided.target() + report.faults());
      }
    }
    if (decided.action().equals("pause-workload")
        && world.workloads().stream().anyMatch(one -> one.uid().equals(uid) && one.wanted > 0)
        && !isDisturbedSince(uid, paused.getOrDefault(uid, 0L) + 1)) {
      violate("told as paused, and is not: " + decided.target());
    }
    if (decided.action().equals("pause-workload")
        && world.running().stream()
            .filter(one -> !one.detached)
            .filter(one -> one.workload.filter(is -> is.uid().equals(uid)).isPresent())
            // The release of a detached pod returns it, and its controller then deletes it.
            .anyMatch(one -> !isDisturbedSince(takenBack(one), paused.getOrDefault(uid, 0L) + 1))
        && !isDisturbedSince(uid, paused.getOrDefault(uid, 0L) + 1)) {
      violate("told as paused, and pods still run: " + decided.target());
    }
    if (decided.action().equals(BLOCK)
        && !world.denied.containsKey(uid)
        && !isDisturbedSince(uid, denied.getOrDefault(uid, 0L))) {
      violate("told as denied, and is not: " + decided.target());
    }
    if (decided.action().equals("isolate-pod")
        && pod.isPresent()
        && (!world.enforces() || (!pod.get().isolated && !isEndedSince(uid)))) {
      violate("told as isolated, and is not: " + decided.target());
    }
  }

  private boolean isCordoned(Node node) {
    return world.node(node.name()).filter(Node::unschedulable).isPresent();
  }

  /**
   * Each honest alert about a pod gets a response: an effect or a message. The effect of an earlier
   * action may be gone.
   */
  @Override
  protected void answer() {
    containAll();
    Random random = random();
    List<World.Running> pods = new ArrayList<>(world.running());
    Collections.shuffle(pods, random);
    for (World.Running pod : pods.subList(0, Math.min(4, pods.size()))) {
      if (world.byUid(pod.uid()).isEmpty() || pod.gone.isPresent() || hasViolations()) {
        continue;
      }
      if (pod.isolated && random.nextBoolean()) {
        takeIsolationAway(pod);
      }
      boolean isolatedBefore = pod.isolated;
      see(pod.uid());
      ScoredAlert scored =
          scored("last-" + pod.uid(), INTRUSION, target(pod.identity).build(), now());
      boolean answered = isAnswered(scored);
      if (!answered
          && world.byUid(pod.uid()).isPresent()
          && !isolatedBefore
          && !pod.isolated
          && !isToldNotAgain(pod.uid()::equals)) {
        violate("nothing came of the alert about " + pod.identity.inWords());
      }
    }
    for (Node node : world.nodes()) {
      if (hasViolations() || world.running().isEmpty()) {
        return;
      }
      see(node.uid());
      Target target =
          target(world.running().getFirst().identity).node(node.name()).pod(null).build();
      boolean cordonedBefore = isCordoned(node);
      boolean answered = isAnswered(scored("last-" + node.uid(), ESCAPE, target, now()));
      if (!answered
          && !cordonedBefore
          && !isToldNotAgain(node.uid()::equals)
          && !isCordoned(node)) {
        violate("nothing came of the alert about " + node.inWords());
      }
    }
  }

  /**
   * Alerts about all pods of a workload come within seconds. An isolation that waits only for a
   * slot is taken in the end, while its alert is fresh.
   */
  private void containAll() {
    List<World.Running> pods =
        world.running().stream()
            .filter(pod -> pod.gone.isEmpty() && !pod.isolated && pod.workload.isPresent())
            .toList();
    if (pods.isEmpty()) {
      return;
    }
    World.Workload attacked = pods.get(random().nextInt(pods.size())).workload.orElseThrow();
    List<String> ids = new ArrayList<>();
    for (World.Running pod : pods) {
      if (pod.workload.filter(attacked::equals).isPresent()) {
        Instant at = now().plusSeconds(4L * ids.size());
        see(pod.uid());
        alerted.computeIfAbsent(pod.uid(), key -> new ArrayList<>()).add(at);
        String id = "all-" + pod.uid();
        post(at, scored(id, INTRUSION, target(pod.identity).build(), at), false);
        ids.add(id);
      }
    }
    passPunctually(Duration.ofMinutes(13));
    for (String id : ids) {
      List<ResponseDecided> told = isolations.getOrDefault(id, List.of());
      if (told.isEmpty()
          || told.getFirst().objections().isEmpty()
          || !told.getFirst().objections().stream().allMatch(ClusterSimulation::isPlace)) {
        continue;
      }
      ResponseDecided last = told.getLast();
      // If an isolation replaces a deletion, people are notified of its end under the deletion's
      // name.
      if (last.outcome() == ResponseOutcome.REFUSED
          && !last.explanation().contains("no action taken yet")
          && last.objections().stream()
              .allMatch(one -> isPlace(one) || one.contains("freshness limit"))) {
        violate("postponed for a slot and never isolated: " + last.explanation());
      }
    }
  }

  @Override
  protected void checkEnd() {
    for (World.Running pod : world.running()) {
      if (pod.isolated) {
        violate("still isolated at the end: " + pod.identity.inWords());
      }
    }
    for (World.Workload workload : world.workloads()) {
      if (workload.pausedByUs) {
        violate("still paused at the end: " + workload.inWords());
      }
      if (workload.wanted == 0 != zeroByHand.contains(workload.uid())) {
        violate(workload.inWords() + " has not the number of pods that people wanted");
      }
    }
    if (!world.denied.isEmpty()) {
      violate("still denied at the end: " + world.denied);
    }
    for (Node node : world.nodes()) {
      if (node.cordonedByUs() || node.taintedByUs()) {
        violate("still cordoned at the end: " + node.inWords());
      }
      if (byHand.contains(node.name()) && !node.unschedulable()) {
        violate("a person's cordon is gone: " + node.inWords());
      }
    }
  }
}
