package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A cluster and its protected namespaces: the place of every action on pods.
 *
 * @param name the only cluster whose alerts cause actions here; empty if there is only one cluster
 * @param protectedNamespaces never changed; always includes {@link #ALWAYS_PROTECTED}
 * @param enforces whether the cluster enforces NetworkPolicies, if a setting says so; otherwise the
 *     cluster is asked
 * @param provenNodesOnly whether an alert whose node no credential proves is refused
 * @param evidence where evidence is kept, if anywhere
 * @param neverDeny networks whose addresses are never denied to a workload
 */
public record KubernetesScope(
    Cluster cluster,
    Optional<String> name,
    Set<String> protectedNamespaces,
    Optional<Boolean> enforces,
    boolean provenNodesOnly,
    Optional<EvidenceStore> evidence,
    List<Cidr> neverDeny) {
  /** Namespaces that no setting can unprotect: the control plane's and the security tools'. */
  public static final Set<String> ALWAYS_PROTECTED =
      Set.of("kube-system", "kube-public", "kube-node-lease", "cattleguard", "falco", "tetragon");

  /** Adds {@link #ALWAYS_PROTECTED}. */
  public KubernetesScope {
    Set<String> all = new TreeSet<>(ALWAYS_PROTECTED);
    all.addAll(protectedNamespaces);
    protectedNamespaces = Set.copyOf(all);
    neverDeny = List.copyOf(neverDeny);
  }

  /** A cluster without a store for evidence. */
  public KubernetesScope(
      Cluster cluster,
      Optional<String> name,
      Set<String> protectedNamespaces,
      Optional<Boolean> enforces,
      boolean provenNodesOnly) {
    this(
        cluster, name, protectedNamespaces, enforces, provenNodesOnly, Optional.empty(), List.of());
  }

  /** A cluster that reports itself whether it enforces NetworkPolicies. */
  public KubernetesScope(Cluster cluster, Optional<String> name, Set<String> protectedNamespaces) {
    this(cluster, name, protectedNamespaces, Optional.empty(), false);
  }

  /** A copy that refuses alerts whose node no credential proves. */
  public KubernetesScope withProvenNodesOnly() {
    return new KubernetesScope(
        cluster, name, protectedNamespaces, enforces, true, evidence, neverDeny);
  }

  /** A copy in which a further namespace is protected, if there is one. */
  public KubernetesScope protecting(Optional<String> namespace) {
    Set<String> all = new TreeSet<>(protectedNamespaces);
    namespace.ifPresent(all::add);
    return new KubernetesScope(cluster, name, all, enforces, provenNodesOnly, evidence, neverDeny);
  }

  /** A copy that keeps evidence there. */
  public KubernetesScope keepingEvidence(EvidenceStore store) {
    return new KubernetesScope(
        cluster,
        name,
        protectedNamespaces,
        enforces,
        provenNodesOnly,
        Optional.of(store),
        neverDeny);
  }

  /** A copy whose calls together end within that time. */
  KubernetesScope within(Duration time) {
    return new KubernetesScope(
        cluster.within(time),
        name,
        protectedNamespaces,
        enforces,
        provenNodesOnly,
        evidence,
        neverDeny);
  }

  /** Whether NetworkPolicies are enforced for the pod; a setting takes precedence. */
  Cluster.Enforcement enforcement(Pod pod) {
    return enforces
        .map(
            enforced ->
                enforced
                    ? new Cluster.Enforcement(
                        Cluster.Enforces.YES,
                        "settings.yaml says that the cluster enforces NetworkPolicy")
                    : new Cluster.Enforcement(
                        Cluster.Enforces.NO,
                        "settings.yaml says that the cluster does not enforce NetworkPolicy"))
        .orElseGet(() -> cluster.enforcement(pod));
  }

  /** A cluster with its settings from {@code settings.yaml}. */
  public static KubernetesScope of(Cluster cluster, Optional<String> name, Limits limits) {
    return new KubernetesScope(
        cluster,
        name,
        limits.protectedNamespaces(),
        name.map(limits.networkPolicy()::get),
        false,
        Optional.empty(),
        limits.neverDeny());
  }

  /** A cluster in which only {@link #ALWAYS_PROTECTED} is protected. */
  public static KubernetesScope of(Cluster cluster, Optional<String> name) {
    return new KubernetesScope(cluster, name, Set.of());
  }
}
