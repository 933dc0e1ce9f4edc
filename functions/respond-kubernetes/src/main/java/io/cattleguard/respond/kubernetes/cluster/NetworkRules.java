package io.cattleguard.respond.kubernetes.cluster;

import java.util.Optional;

/**
 * The pods for which a network plugin such as the VPC CNI keeps one set of rules: those on a node
 * whose names differ only after their last hyphen, such as the replicas of a Deployment. What a
 * NetworkPolicy denies one of them is denied to all.
 *
 * @see <a href="https://github.com/aws/aws-network-policy-agent/issues/327">The limitation of its
 *     agent</a>
 */
public record NetworkRules(String node, String namespace, String beginning) {

  /** Those of a pod; empty if it has no node yet. */
  public static Optional<NetworkRules> of(Optional<String> node, String namespace, String name) {
    int end = name.lastIndexOf('-');
    return node.map(
        one -> new NetworkRules(one, namespace, end < 0 ? name : name.substring(0, end)));
  }

  /** Those of a pod; empty if it has no node yet. */
  public static Optional<NetworkRules> of(Pod pod) {
    return of(pod.node(), pod.namespace(), pod.name());
  }
}
