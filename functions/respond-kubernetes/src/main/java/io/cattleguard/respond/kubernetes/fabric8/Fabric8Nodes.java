package io.cattleguard.respond.kubernetes.fabric8;

import static io.cattleguard.respond.kubernetes.fabric8.Fabric8Answers.asking;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.NodeList;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads, cordons and uncordons nodes.
 *
 * <p>The managed fields show which client cordoned a node: the API server records there which
 * client last changed {@code spec.unschedulable}.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management">
 *     field management</a>
 */
final class Fabric8Nodes {
  private static final String MANAGER = "cattleguard";
  private static final long PAGE = 500;
  private static final int ATTEMPTS = 5;
  private static final Set<String> CONTROL_PLANE =
      Set.of("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master");

  private final KubernetesClient client;

  Fabric8Nodes(KubernetesClient client) {
    this.client = client;
  }

  Optional<Node> node(String name) {
    return asking(() -> find(name).map(Fabric8Nodes::node));
  }

  private Optional<io.fabric8.kubernetes.api.model.Node> find(String name) {
    return Optional.ofNullable(client.nodes().withName(name).get());
  }

  /** Reads page by page, because a node's object is large. */
  List<Node> nodes() {
    return asking(
        () -> {
          List<Node> all = new ArrayList<>();
          String next = null;
          do {
            NodeList page =
                client
                    .nodes()
                    .list(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
            page.getItems().forEach(one -> all.add(node(one)));
            next = page.getMetadata().getContinue();
          } while (next != null && !next.isEmpty());
          return List.copyOf(all);
        });
  }

  List<String> podsOn(String node, String namespace) {
    return asking(
        () ->
            client
                .pods()
                .inNamespace(namespace)
                .withField("spec.nodeName", node)
                .list()
                .getItems()
                .stream()
                .filter(pod -> pod.getStatus() == null || !isEnded(pod.getStatus()))
                .map(pod -> pod.getMetadata().getName())
                .toList());
  }

  private static boolean isEnded(PodStatus status) {
    return status.getPhase() != null && Fabric8Workloads.ENDED.contains(status.getPhase());
  }

  private static Node node(io.fabric8.kubernetes.api.model.Node node) {
    return new Node(
        node.getMetadata().getName(),
        node.getMetadata().getUid(),
        Instant.parse(node.getMetadata().getCreationTimestamp()),
        Fabric8Pods.labels(node).keySet().stream().anyMatch(CONTROL_PLANE::contains)
            || node.getSpec().getTaints().stream()
                .map(Taint::getKey)
                .anyMatch(CONTROL_PLANE::contains),
        node.getStatus().getConditions().stream()
            .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True")),
        isUnschedulable(node),
        isUnschedulable(node) && isCordonedByUs(node),
        node.getSpec().getTaints().stream()
            .filter(taint -> !"PreferNoSchedule".equals(taint.getEffect()))
            .map(
                taint ->
                    Node.taint(
                        taint.getKey(),
                        Objects.requireNonNullElse(taint.getValue(), ""),
                        taint.getEffect()))
            .collect(Collectors.toSet()));
  }

  private static boolean isUnschedulable(io.fabric8.kubernetes.api.model.Node node) {
    return Boolean.TRUE.equals(node.getSpec().getUnschedulable());
  }

  private static boolean isCordonedByUs(io.fabric8.kubernetes.api.model.Node node) {
    return node.getMetadata().getManagedFields().stream()
        .filter(entry -> MANAGER.equals(entry.getManager()))
        .anyMatch(Fabric8Nodes::managesUnschedulable);
  }

  private static boolean managesUnschedulable(ManagedFieldsEntry entry) {
    return entry.getFieldsV1() != null
        && entry.getFieldsV1().getAdditionalProperties().get("f:spec") instanceof Map<?, ?> spec
        && spec.containsKey("f:unschedulable");
  }

  Change cordon(Node node, boolean taint) {
    return change(
        node,
        is -> {
          ObjectNode spec = JsonNodeFactory.instance.objectNode();
          if (!isUnschedulable(is)) {
            spec.put("unschedulable", true);
          }
          if (taint && !node(is).taintedByUs()) {
            taints(is, spec)
                .addObject()
                .put("key", Node.TAINT)
                .put("value", "cordoned")
                .put("effect", "NoSchedule");
          }
          return spec;
        });
  }

  Change uncordon(Node node) {
    return change(
        node,
        is -> {
          ObjectNode spec = JsonNodeFactory.instance.objectNode();
          if (node(is).cordonedByUs()) {
            spec.putNull("unschedulable");
          }
          if (node(is).taintedByUs()) {
            taints(is, spec);
          }
          return spec;
        });
  }

  /** Every taint except Cattleguard's; a merge patch replaces the whole list. */
  private ArrayNode taints(io.fabric8.kubernetes.api.model.Node node, ObjectNode spec) {
    ArrayNode taints = spec.putArray("taints");
    node.getSpec().getTaints().stream()
        .filter(taint -> !taint.getKey().equals(Node.TAINT))
        .map(taint -> client.getKubernetesSerialization().convertValue(taint, ObjectNode.class))
        .forEach(taints::add);
    return taints;
  }

  /** The change of a node's current spec; empty if there is none. */
  @FunctionalInterface
  private interface Edit {
    ObjectNode of(io.fabric8.kubernetes.api.model.Node is);
  }

  /**
   * Patches the node as it was read, so a change that something else makes at the same moment is
   * seen and kept.
   */
  private Change change(Node node, Edit edit) {
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<io.fabric8.kubernetes.api.model.Node> is = asking(() -> find(node.name()));
      if (is.isEmpty()) {
        return Change.GONE;
      }
      if (!is.get().getMetadata().getUid().equals(node.uid())) {
        return Change.REPLACED;
      }
      ObjectNode spec = edit.of(is.get());
      if (spec.isEmpty() || isPatched(is.get(), spec)) {
        return Change.MADE;
      }
    }
    throw new Unavailable(node.inWords() + " changes too often to be patched");
  }

  /** Whether the patch was made; not if the node has changed since it was read. */
  private boolean isPatched(io.fabric8.kubernetes.api.model.Node is, ObjectNode spec) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch
        .putObject("metadata")
        .put("uid", is.getMetadata().getUid())
        .put("resourceVersion", is.getMetadata().getResourceVersion());
    patch.set("spec", spec);
    try {
      client
          .nodes()
          .resource(is) // by name, the library would read it again
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withFieldManager(MANAGER)
                  .build(),
              patch.toString());
      return true;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case Fabric8Answers.CONFLICT, Fabric8Answers.NOT_FOUND -> false;
        case Fabric8Answers.FORBIDDEN, Fabric8Answers.UNPROCESSABLE ->
            throw Fabric8Answers.denied(e);
        default -> throw Fabric8Answers.unavailable(e);
      };
    }
  }
}
