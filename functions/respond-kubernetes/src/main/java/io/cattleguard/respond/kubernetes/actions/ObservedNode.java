package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.kubernetes.cluster.Node;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The state that an action on a node read.
 *
 * @param scope the cluster
 * @param node the current node with the name in the alert; known and empty if there is none
 * @param all every node of the cluster
 * @param sensorNode the node of the sensor's pod that the alert proves; known and empty if that pod
 *     no longer exists
 */
record ObservedNode(
    KubernetesScope scope,
    Fact<Optional<Node>> node,
    Fact<List<Node>> all,
    Fact<Optional<String>> sensorNode)
    implements ObservedState {

  static ObservedNode of(KubernetesScope scope, ScoredAlert scored) {
    CompletableFuture<Fact<Optional<String>>> sensorNode = ObservedPod.sensorNode(scope, scored);
    CompletableFuture<Fact<List<Node>>> all = ObservedPod.asking(scope.cluster()::nodes);
    String name = scored.alert().target().node();
    Fact<Optional<Node>> node =
        name == null
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.cluster().node(name));
    return new ObservedNode(scope, node, all.join(), sensorNode.join());
  }

  @Override
  public Optional<Node> subject() {
    return Fact.found(node);
  }
}
