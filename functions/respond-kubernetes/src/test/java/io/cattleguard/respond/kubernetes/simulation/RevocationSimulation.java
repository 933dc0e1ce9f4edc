package io.cattleguard.respond.kubernetes.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.actions.RevokeServiceAccount;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.simulation.Simulation;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Simulates stolen tokens in a random cluster: alerts that are forged, outdated, replayed or
 * duplicated, a policy that is removed and installed again, an API server that denies late, and
 * people who revoke and restore. It has a separate random generator, so that the seeds of other
 * simulations keep their meaning.
 */
final class RevocationSimulation extends Simulation implements World.Observer {
  private static final String CLUSTER = "blue";
  private static final String ACTION = "revoke-service-account";
  private static final String POLICY = "policy";
  private static final String THEFT = "Stolen token";
  private static final Set<String> CHANGES = Set.of("revokeTokens", "restoreTokens");

  private final World world;
  private final Playbooks playbooks;

  /** When a responder revoked the tokens of a pod, by its UID. */
  private final Map<String, Long> revoked = new HashMap<>();

  private int alerts;

  RevocationSimulation(long seed) {
    super(seed);
    Random random = random();
    this.world = new World(random, START, Cluster.Enforces.YES, false);
    for (int i = 0; i < 2 + random.nextInt(3); i++) {
      world.add(
          new World.Workload(
              List.of("shop", "bank", "kube-system").get(random.nextInt(6) == 0 ? 2 : i % 2),
              new Pod.Owner(List.of("Deployment", "StatefulSet").get(random.nextInt(2)), "w" + i),
              "team",
              1 + random.nextInt(4)));
    }
    world.observe(this);
    this.playbooks =
        new Playbooks(
            List.of(
                new Playbook(
                    "revoke",
                    EventPattern.compile(
                        JsonMapper.builder()
                            .build()
                            .valueToTree(Map.of("alert", Map.of("rule", List.of(THEFT))))),
                    mode(),
                    Duration.ofMinutes(10),
                    List.of(
                        new RevokeServiceAccount(
                            Duration.ofMinutes(random.nextBoolean() ? 3 : 30))),
                    new Budget(
                        random.nextBoolean() ? Budget.Per.WORKLOAD : Budget.Per.NAMESPACE,
                        1 + random.nextInt(6),
                        Duration.ofMinutes(10)),
                    Optional.empty(),
                    approval())),
            Actions.registered());
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
            faulty(Cluster.class, world, Set.of("within"), CHANGES),
            Optional.of(CLUSTER),
            playbooks.limits()));
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
    return 60;
  }

  @Override
  protected Object denied() {
    throw new Denied("an admission policy says no (HTTP 422)");
  }

  // The alerts that sensors and attackers send.

  @Override
  protected void alert() {
    Random random = random();
    List<World.Running> pods = world.running();
    if (pods.isEmpty()) {
      return;
    }
    Pod is = pods.get(random.nextInt(pods.size())).identity;
    Target.Builder target = target(is).podUid(random.nextBoolean() ? is.uid() : null);
    Instant at = now().minusMillis(random.nextInt(3_000));
    boolean replayed = false;
    boolean honest = true;
    switch (random.nextInt(14)) {
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
        at = now().minus(Duration.ofMinutes(11 + random.nextInt(100)));
        honest = false;
      }
      case 4 -> {
        replayed = true;
        honest = false;
      }
      default -> {}
    }
    if (honest) {
      see(is.uid());
    }
    ScoredAlert scored = scored("a" + alerts++, target.build(), at);
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(now().plusMillis(random.nextInt(5_000)), scored, replayed);
    }
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

  private static ScoredAlert scored(String id, Target target, Instant at) {
    return new ScoredAlert(
        new AcceptedAlert(
            TestAlerts.alert(id, THEFT, Severity.CRITICAL).target(target).at(at).build(),
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
          world.revoked.keySet().stream()
              .skip(random.nextInt(2))
              .findFirst()
              .ifPresent(
                  uid -> {
                    trace("a person restores the tokens of " + uid);
                    world.restoreByHand(uid);
                    undone(uid);
                    disturb(uid);
                  });
      case 6 -> {
        trace("a person " + (world.deniesRevoked ? "removes" : "installs") + " the policy");
        world.deniesRevoked = !world.deniesRevoked;
        world.revoked.keySet().forEach(this::undone);
        disturb(POLICY);
      }
      default ->
          world.running().stream()
              .skip(random.nextInt(3))
              .findFirst()
              .ifPresent(random.nextBoolean() ? this::revokeByHand : this::deletePod);
    }
  }

  private void revokeByHand(World.Running pod) {
    trace("a person revokes the tokens of " + pod.uid());
    world.revokeByHand(pod.uid());
    disturb(pod.uid());
  }

  private void deletePod(World.Running pod) {
    trace("a person deletes " + pod.identity.inWords());
    if (pod.gone.isEmpty()) {
      pod.gone = Optional.of(now().plusSeconds(random().nextInt(30)));
    }
    disturb(pod.uid());
  }

  @Override
  protected void repair() {
    if (!world.deniesRevoked) {
      interfere(6);
    }
  }

  // What must hold.

  @Override
  public void revoking(World.Running pod) {
    Pod is = pod.identity;
    Ledger.Key key = new Ledger.Key(ACTION, pod.uid());
    String what = ACTION + " on " + is.inWords();
    if (!world.revoked.containsKey(pod.uid())) {
      approved(what, key);
      acting(
          what,
          pod.uid(),
          is.workload(),
          is.namespace(),
          Set.of("kube-system").contains(is.namespace()));
      containing(what, key);
      revoked.put(pod.uid(), ordinal());
    }
    if (ledger().remembered(key).isEmpty()) {
      violate(what + " without a lease");
    }
    if (!world.deniesRevoked && !isDisturbed(POLICY)) {
      violate(what + ", which nothing denies");
    }
  }

  @Override
  public void restoring(String uid) {
    // Of a pod that is gone, nothing was revoked, so that ends at once.
    if (world.byUid(uid).filter(pod -> pod.gone.isEmpty()).isPresent() && !isDisturbed(uid)) {
      releasing("restored the tokens of " + uid, new Ledger.Key(ACTION, uid));
    }
    undone(uid);
    disturb(uid);
  }

  /** It reports only what it has verified, and the report is true. */
  @Override
  protected void heard(ResponseDecided decided) {
    if (decided.outcome() == ResponseOutcome.TAKEN) {
      violate("told as taken, although reads stay possible: " + decided.target());
    }
    String uid = objectOf(decided);
    if (decided.outcome() == ResponseOutcome.REQUESTED
        && !decided.explanation().contains(" changed nothing: ")
        && !world.isDenied(uid)
        && !isDisturbedSince(uid, revoked.getOrDefault(uid, 0L))
        && !isDisturbedSince(POLICY, revoked.getOrDefault(uid, 0L))) {
      violate("told as denied, and is not: " + decided.target());
    }
  }

  @Override
  protected String objectOf(ResponseDecided decided) {
    int from = decided.target().indexOf("(uid ");
    return from < 0
        ? decided.target()
        : decided.target().substring(from + 5, decided.target().indexOf(')', from));
  }

  @Override
  protected void checkTaken(ResponseDecided decided) {}

  /** Each honest alert about a pod gets a response: an effect or a message. */
  @Override
  protected void answer() {
    for (World.Running pod : world.running().stream().limit(4).toList()) {
      if (world.byUid(pod.uid()).isEmpty() || pod.gone.isPresent() || hasViolations()) {
        continue;
      }
      boolean before = world.isDenied(pod.uid());
      see(pod.uid());
      boolean answered =
          isAnswered(scored("last-" + pod.uid(), target(pod.identity).build(), now()));
      if (!answered
          && !before
          && !world.isDenied(pod.uid())
          && !isToldNotAgain(pod.uid()::equals)) {
        violate("nothing came of the alert about " + pod.identity.inWords());
      }
    }
  }

  /** Also of pods that are gone. What people revoked stays. */
  @Override
  protected void checkEnd() {
    if (!world.revoked.keySet().equals(world.revokedByHand)) {
      violate("revoked at the end: " + world.revoked + ", by people: " + world.revokedByHand);
    }
  }

  // The events that this simulation does not have.

  @Override
  public void deleting(World.Running pod, Duration grace) {
    violate("deleted " + pod.identity.inWords());
  }

  @Override
  public void isolating(World.Running pod) {
    violate("isolated " + pod.identity.inWords());
  }

  @Override
  public void releasing(World.Running pod) {
    violate("released " + pod.identity.inWords());
  }

  @Override
  public void cordoning(Node node) {
    violate("cordoned " + node.inWords());
  }

  @Override
  public void uncordoning(Node node) {
    violate("uncordoned " + node.inWords());
  }

  @Override
  public void pausing(World.Workload workload) {
    violate("paused " + workload.inWords());
  }

  @Override
  public void resuming(World.Workload workload, int replicas) {
    violate("resumed " + workload.inWords());
  }

  @Override
  public void denying(EgressBlock block) {
    violate("denied " + block.inWords());
  }

  @Override
  public void allowing(EgressBlock block) {
    violate("allowed " + block.inWords());
  }
}
