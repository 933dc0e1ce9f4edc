package io.cattleguard.respond.kubernetes.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

final class InMemoryClusterTest extends ClusterContract {
  private Instant now = Instant.parse("2026-03-02T09:00:00Z");
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(3));

  @Override
  protected Cluster cluster() {
    return cluster;
  }

  @Override
  protected List<Pod> run(String kind, String name, int replicas) {
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      String podName = kind.equals("StatefulSet") ? name + "-" + i : name + "-5d9f7c6b8-x2x4" + i;
      pods.add(run(podName, Optional.of(new Pod.Owner(kind, name))));
    }
    return pods;
  }

  @Override
  protected Pod runBare(String name) {
    return run(name, Optional.empty());
  }

  private Pod run(String name, Optional<Pod.Owner> owner) {
    Pod pod =
        new Pod(
            "shop",
            name,
            "uid-of-" + name,
            Optional.of("node-a"),
            now.minusSeconds(600),
            owner,
            false,
            false,
            false,
            true,
            List.of("c-" + name));
    cluster.run(pod);
    return pod;
  }

  @Override
  protected void allowNoDisruptionOf(Pod pod) {
    cluster.budget(pod.workload(), new DisruptionBudget("none", 0));
  }

  @Override
  protected Node runNode(String name) {
    cluster.addNode(name);
    return cluster.node(name).orElseThrow();
  }

  @Override
  protected Node replaceNode(String name) {
    cluster.run(
        new Node(name, "uid-of-another-" + name, now, false, true, false, false, Set.<String>of()));
    return cluster.node(name).orElseThrow();
  }

  @Override
  protected void denyTogether(List<Pod> pods) {
    cluster.sharesRules(true);
  }

  @Override
  protected void cordonByHand(String name, boolean unschedulable) {
    cluster.cordonByHand(name, unschedulable);
  }

  @Override
  protected void restrictEgressByHand(Pod pod) {
    cluster.governEgress(pod, "NetworkPolicy restricted");
  }

  @Override
  protected void scaleByHand(Pod pod, int replicas) {
    cluster.scaleBy("kubectl", pod.workload(), replicas);
  }

  @Override
  protected void revokeByHand(Pod pod) {
    cluster.revokeByHand(pod);
  }

  @Override
  protected void removeRevocationPolicy() {
    cluster.revocationIsUnenforced(Optional.of("the policy is not installed"));
  }

  @Override
  protected void await(BooleanSupplier condition) {
    for (int second = 0; second < 60 && !condition.getAsBoolean(); second++) {
      now = now.plusSeconds(1);
    }
    assertTrue(condition.getAsBoolean(), "not so within a minute");
  }
}
