package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A cluster and its protected namespaces: the place of every action on pods.
 *
 * @param name the only cluster whose alerts cause actions here; empty if there is only one cluster
 * @param protectedNamespaces never changed; always includes {@link #ALWAYS_PROTECTED}
 */
public record KubernetesScope(
    Cluster cluster, Optional<String> name, Set<String> protectedNamespaces) {
  /** Namespaces that no setting can unprotect: the control plane's and the security tools'. */
  public static final Set<String> ALWAYS_PROTECTED =
      Set.of("kube-system", "kube-public", "kube-node-lease", "cattleguard", "falco", "tetragon");

  /** Adds {@link #ALWAYS_PROTECTED}. */
  public KubernetesScope {
    Set<String> all = new TreeSet<>(ALWAYS_PROTECTED);
    all.addAll(protectedNamespaces);
    protectedNamespaces = Set.copyOf(all);
  }

  /** A cluster in which only {@link #ALWAYS_PROTECTED} is protected. */
  public static KubernetesScope of(Cluster cluster, Optional<String> name) {
    return new KubernetesScope(cluster, name, Set.of());
  }
}
