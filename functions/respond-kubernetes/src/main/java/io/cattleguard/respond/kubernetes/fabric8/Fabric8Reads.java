package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.reading.Begun;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Optional;

/**
 * The reads of one decision. The budgets are read while the pod is read, and so are its peers, if
 * the pod's name suggests its controller. The cache only chooses which reads to start early: the
 * answers are new, and a read that was started for another controller is not used.
 */
final class Fabric8Reads implements Cluster.PodReads {
  private final Fabric8Cluster cluster;
  private final Fabric8Pods pods;
  private final String namespace;
  private final String name;
  private final Begun<List<PodDisruptionBudget>> budgets;
  private final Optional<Ahead> ahead;

  private record Ahead(Fabric8Pods.Expected of, Begun<List<Fabric8Peers.Peer>> pods) {}

  Fabric8Reads(Fabric8Cluster cluster, Fabric8Pods pods, String namespace, String name) {
    this.cluster = cluster;
    this.pods = pods;
    this.namespace = namespace;
    this.name = name;
    this.budgets = Begun.begin(() -> cluster.budgets(namespace));
    this.ahead =
        pods.expected(namespace, name)
            .map(
                expected ->
                    new Ahead(
                        expected, Begun.begin(() -> pods.listed(namespace, expected.owner()))));
  }

  @Override
  public Optional<Pod> pod() {
    return asking(() -> pods.podAndSelector(namespace, name));
  }

  @Override
  public Cluster.Peers look(Pod pod) {
    Optional<Ahead> same = ahead.filter(begun -> isOf(begun.of(), pod));
    return same.isPresent()
        ? asking(() -> Fabric8Cluster.count(pods.others(pod, same.get().pods().answer())))
        : cluster.look(pod);
  }

  private boolean isOf(Fabric8Pods.Expected expected, Pod pod) {
    return pod.owner().equals(Optional.of(expected.owner()))
        && pods.uidOfOwner(namespace, expected.owner()).equals(Optional.of(expected.uid()));
  }

  @Override
  public List<DisruptionBudget> disruptionBudgets(Pod pod) {
    return asking(() -> cluster.disruptionBudgets(pod, budgets.answer()));
  }
}
