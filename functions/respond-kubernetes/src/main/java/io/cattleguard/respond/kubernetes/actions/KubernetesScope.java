package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A cluster, and what is never touched in it: the place of every action on pods.
 *
 * @param name of the one cluster that alerts are acted on from; empty only where there is none to
 *     mix up
 * @param protectedNamespaces never touched; those that every installation protects are always among
 *     them
 */
public record KubernetesScope(
    Cluster cluster, Optional<String> name, Set<String> protectedNamespaces) {
  /** What nothing can unprotect: the cluster's own machinery, and ours. */
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
