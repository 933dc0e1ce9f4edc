package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import io.cattleguard.events.SensorSource;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.evidence.store.Deadline;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.cattleguard.respond.kubernetes.reading.Cached;
import io.cattleguard.respond.kubernetes.reading.Questions;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetList;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A real cluster. Every change carries the pod's UID, and the API server rejects it if another pod
 * has that name.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/">DeleteOptions</a>
 */
public final class Fabric8Cluster implements Cluster {
  private static final Duration KEPT_NODE = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Questions questions = new Questions();
  private final Fabric8Pods pods;
  private final Fabric8Changes changes;
  private final Fabric8Isolation isolation;
  private final Fabric8Enforcement enforcement;
  private final Fabric8Neighbours neighbours;
  private final Fabric8Nodes nodes;
  private final Fabric8Workloads workloads;
  private final Fabric8Owners owners;
  private final Fabric8Pauses pauses;
  private final Fabric8Evidence evidence;
  private final Fabric8Egress egress;
  private final Fabric8Revocation revocation;

  /** By UID. A pod never changes its node, but its credentials may outlive it. */
  private final Cached<Optional<String>> nodesOfSensors;

  /** Uses a client that has its timeouts and retries configured. */
  public Fabric8Cluster(KubernetesClient client) {
    this(client, Clock.systemUTC());
  }

  /**
   * Uses a client that has its timeouts and retries configured.
   *
   * @param clock measures how old an answer about the network plugin or a sensor may be
   */
  Fabric8Cluster(KubernetesClient client, InstantSource clock) {
    this(client, () -> client, clock);
  }

  /**
   * Uses a client for actions and another one for evidence.
   *
   * @param clock measures how old an answer about the network plugin or a sensor may be
   */
  Fabric8Cluster(
      KubernetesClient client, Supplier<KubernetesClient> forEvidence, InstantSource clock) {
    this.client = client;
    this.pods = new Fabric8Pods(client, questions, clock);
    this.changes = new Fabric8Changes(client, pods);
    Fabric8OtherPolicies otherPolicies = new Fabric8OtherPolicies(client, clock);
    this.enforcement = new Fabric8Enforcement(client, clock);
    this.neighbours = new Fabric8Neighbours(client, questions, pods, enforcement);
    this.isolation =
        new Fabric8Isolation(client, neighbours, pods, changes, otherPolicies, enforcement);
    this.egress = new Fabric8Egress(client, pods, otherPolicies, enforcement);
    this.revocation = new Fabric8Revocation(client, pods);
    this.nodes = new Fabric8Nodes(client);
    this.workloads = new Fabric8Workloads(client, pods);
    this.owners = new Fabric8Owners(client, pods);
    this.pauses = new Fabric8Pauses(client, workloads);
    this.evidence = new Fabric8Evidence(forEvidence);
    this.nodesOfSensors = new Cached<>(clock, KEPT_NODE);
  }

  @Override
  public Optional<Pod> pod(String namespace, String name) {
    return asking(() -> pods.pod(namespace, name));
  }

  @Override
  public Optional<String> nodeOf(SensorSource.Pod sensor) {
    return asking(() -> nodesOfSensors.ask(sensor.toString(), () -> nodeNow(sensor)));
  }

  private Optional<String> nodeNow(SensorSource.Pod sensor) {
    return pods.find(sensor.namespace(), sensor.name())
        .filter(pod -> pod.getMetadata().getUid().equals(sensor.uid()))
        .map(pod -> pod.getSpec().getNodeName());
  }

  @Override
  public int readyPeers(Pod pod) {
    return look(pod).ready();
  }

  @Override
  public PodReads reads(String namespace, String name) {
    return new Fabric8Reads(this, pods, namespace, name);
  }

  @Override
  public Peers look(Pod pod) {
    return asking(() -> count(pods.others(pod)));
  }

  /** Counts the other pods of a controller. */
  static Peers count(List<Fabric8Peers.Peer> others) {
    return new Peers(
        others.stream().map(Fabric8Peers.Peer::uid).collect(Collectors.toSet()),
        Math.toIntExact(others.stream().filter(peer -> peer.serves() && !peer.ending()).count()));
  }

  @Override
  public Set<String> peers(Pod pod) {
    return look(pod).uids();
  }

  @Override
  public Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return asking(
        () ->
            pods.others(pod).stream()
                .filter(peer -> peer.serves() && !peer.ending() && !before.contains(peer.uid()))
                .findFirst()
                .flatMap(
                    peer ->
                        pods.pod(pod.namespace(), peer.name())
                            .filter(found -> found.uid().equals(peer.uid()))));
  }

  @Override
  public List<DisruptionBudget> disruptionBudgets(Pod pod) {
    return asking(() -> disruptionBudgets(pod, budgets(pod.namespace())));
  }

  /** Those of a namespace. */
  List<PodDisruptionBudget> budgets(String namespace) {
    return questions
        .ask(
            "budgets/" + namespace,
            PodDisruptionBudgetList.class,
            () -> client.policy().v1().podDisruptionBudget().inNamespace(namespace).list())
        .getItems();
  }

  /** Those of these that select the pod. */
  List<DisruptionBudget> disruptionBudgets(Pod pod, List<PodDisruptionBudget> all) {
    Map<String, String> labels = pods.lastRead(pod).labels();
    return all.stream()
        .filter(budget -> LabelSelectors.matches(budget.getSpec().getSelector(), labels))
        .map(budget -> new DisruptionBudget(budget.getMetadata().getName(), allowed(budget, pod)))
        .toList();
  }

  /** Its status counts an isolated pod as healthy, if the budget still selects it. */
  private int allowed(PodDisruptionBudget budget, Pod pod) {
    Integer allowed =
        budget.getStatus() == null ? null : budget.getStatus().getDisruptionsAllowed();
    return allowed == null || allowed < 1
        ? 0
        : Math.max(0, allowed - pods.readyButIsolated(budget, pod));
  }

  @Override
  public Change delete(Pod pod, Duration grace) {
    return changes.delete(pod, grace);
  }

  @Override
  public Change evict(Pod pod, Duration grace) {
    return changes.evict(pod, grace);
  }

  @Override
  public Detachment detachment(Pod pod) {
    return asking(() -> isolation.detachment(pod));
  }

  @Override
  public Change isolate(Pod pod, Map<String, String> without) {
    return isolation.isolate(pod, without);
  }

  @Override
  public Change release(Pod pod, Map<String, String> with) {
    return isolation.release(pod, with);
  }

  @Override
  public Isolation isolation(Pod pod) {
    return asking(() -> isolation.isolation(pod));
  }

  @Override
  public Enforcement enforcement(Pod pod) {
    return enforcement.of(pod);
  }

  @Override
  public boolean hasIsolation(Pod pod) {
    return asking(() -> neighbours.isIsolated(pod));
  }

  @Override
  public boolean sharesRules(Pod pod) {
    return neighbours.sharesRules(pod);
  }

  @Override
  public List<Alike> alike(Pod pod) {
    return asking(() -> neighbours.alike(pod));
  }

  @Override
  public Optional<Node> node(String name) {
    return nodes.node(name);
  }

  @Override
  public List<Node> nodes() {
    return nodes.nodes();
  }

  @Override
  public List<String> podsOn(String node, String namespace) {
    return nodes.podsOn(node, namespace);
  }

  @Override
  public Change cordon(Node node, boolean taint) {
    return nodes.cordon(node, taint);
  }

  @Override
  public Change uncordon(Node node) {
    return nodes.uncordon(node);
  }

  @Override
  public Optional<Workload> workload(Pod pod) {
    return workloads.workload(pod);
  }

  @Override
  public Optional<String> foreign(Pod pod) {
    return owners.foreign(pod);
  }

  @Override
  public Optional<Workload> workload(String namespace, Pod.Owner owner) {
    return workloads.workload(namespace, owner);
  }

  @Override
  public List<String> detachedFrom(Workload workload) {
    return workloads.detachedFrom(workload);
  }

  @Override
  public Change pause(Workload workload) {
    return pauses.pause(workload);
  }

  @Override
  public Change resume(Workload workload) {
    return pauses.resume(workload);
  }

  @Override
  public Egress egress(EgressBlock block) {
    return asking(() -> egress.egress(block));
  }

  @Override
  public Change blockEgress(EgressBlock block) {
    return egress.block(block);
  }

  @Override
  public Change allowEgress(EgressBlock block) {
    return egress.allow(block);
  }

  @Override
  public Change revokeTokens(Pod pod) {
    return revocation.revoke(pod);
  }

  @Override
  public Change restoreTokens(Pod pod) {
    return revocation.restore(pod);
  }

  @Override
  public int revocations() {
    return asking(revocation::count);
  }

  @Override
  public Revocation revocation(Pod pod) {
    return asking(() -> revocation.of(pod));
  }

  @Override
  public Cluster within(Duration time) {
    return Deadline.in(time).bound(Cluster.class, this);
  }

  @Override
  public Map<String, Fact<Excerpt>> evidence(Pod pod, int logBytes, Duration within) {
    return evidence.of(pod, logBytes, within);
  }
}
