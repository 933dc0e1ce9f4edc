package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Fact;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The cluster for dry runs and unknown clusters: every call throws {@link Unavailable}. */
public final class NoCluster implements Cluster {
  private final String reason;

  /** Says that no cluster is connected. */
  public NoCluster() {
    this("no cluster is connected");
  }

  /** Says why there is no cluster. */
  public NoCluster(String reason) {
    this.reason = reason;
  }

  @Override
  public Optional<Pod> pod(String namespace, String name) {
    throw none();
  }

  @Override
  public int readyPeers(Pod pod) {
    throw none();
  }

  @Override
  public List<DisruptionBudget> disruptionBudgets(Pod pod) {
    throw none();
  }

  @Override
  public Change delete(Pod pod, Duration grace) {
    throw none();
  }

  @Override
  public Change evict(Pod pod, Duration grace) {
    throw none();
  }

  @Override
  public Detachment detachment(Pod pod) {
    throw none();
  }

  @Override
  public Change isolate(Pod pod, Map<String, String> without) {
    throw none();
  }

  @Override
  public Change release(Pod pod, Map<String, String> with) {
    throw none();
  }

  @Override
  public Isolation isolation(Pod pod) {
    throw none();
  }

  @Override
  public boolean hasIsolation(Pod pod) {
    throw none();
  }

  @Override
  public boolean sharesRules(Pod pod) {
    throw none();
  }

  @Override
  public List<Alike> alike(Pod pod) {
    throw none();
  }

  @Override
  public Enforcement enforcement(Pod pod) {
    throw none();
  }

  @Override
  public Set<String> peers(Pod pod) {
    throw none();
  }

  @Override
  public Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    throw none();
  }

  @Override
  public Optional<Node> node(String name) {
    throw none();
  }

  @Override
  public List<Node> nodes() {
    throw none();
  }

  @Override
  public List<String> podsOn(String node, String namespace) {
    throw none();
  }

  @Override
  public Change cordon(Node node, boolean taint) {
    throw none();
  }

  @Override
  public Change uncordon(Node node) {
    throw none();
  }

  @Override
  public Optional<Workload> workload(Pod pod) {
    throw none();
  }

  @Override
  public Optional<String> foreign(Pod pod) {
    throw none();
  }

  @Override
  public Optional<Workload> workload(String namespace, Pod.Owner owner) {
    throw none();
  }

  @Override
  public List<String> detachedFrom(Workload workload) {
    throw none();
  }

  @Override
  public Change pause(Workload workload) {
    throw none();
  }

  @Override
  public Change resume(Workload workload) {
    throw none();
  }

  @Override
  public Egress egress(EgressBlock block) {
    throw none();
  }

  @Override
  public Change blockEgress(EgressBlock block) {
    throw none();
  }

  @Override
  public Change allowEgress(EgressBlock block) {
    throw none();
  }

  @Override
  public Change revokeTokens(Pod pod) {
    throw none();
  }

  @Override
  public Change restoreTokens(Pod pod) {
    throw none();
  }

  @Override
  public int revocations() {
    throw none();
  }

  @Override
  public Revocation revocation(Pod pod) {
    throw none();
  }

  @Override
  public Map<String, Fact<Excerpt>> evidence(Pod pod, int logBytes, Duration within) {
    throw none();
  }

  private Unavailable none() {
    return new Unavailable(reason);
  }
}
