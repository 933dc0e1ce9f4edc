package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A node's current state.
 *
 * @param createdAt creation time of this UID; a replaced node may have the same name
 * @param controlPlane whether it runs the control plane
 * @param ready whether its kubelet reports it as ready
 * @param unschedulable whether it is cordoned, by whomever
 * @param cordonedByUs whether Cattleguard was the last to set or change that
 * @param taints the keys of its taints that keep pods away: NoSchedule and NoExecute
 */
public record Node(
    String name,
    String uid,
    Instant createdAt,
    boolean controlPlane,
    boolean ready,
    boolean unschedulable,
    boolean cordonedByUs,
    Set<String> taints)
    implements Subject {
  /** The key of the taint that Cattleguard adds. */
  public static final String TAINT = "cattleguard.io/quarantine";

  /** Added by Kubernetes to a cordoned node. */
  private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

  /** Copies the set. */
  public Node {
    taints = Set.copyOf(taints);
  }

  /** Whether Cattleguard's taint is on it. */
  public boolean taintedByUs() {
    return taints.contains(TAINT);
  }

  /**
   * The taints that its pods tolerate, as text: nodes with the same ones stand in for each other.
   */
  public String pool() {
    return taints.stream()
        .filter(taint -> !taint.equals(TAINT) && !taint.equals(UNSCHEDULABLE))
        .sorted()
        .collect(Collectors.joining(","));
  }

  /** Whether pods that this node accepts could be scheduled on the other node instead. */
  public boolean canMoveTo(Node other) {
    Set<String> accepted = new HashSet<>(taints);
    accepted.remove(TAINT);
    accepted.remove(UNSCHEDULABLE);
    return other.ready
        && !other.unschedulable
        && !other.controlPlane
        && accepted.containsAll(other.taints);
  }

  @Override
  public String inWords() {
    return inWords(name, uid);
  }

  /** Describes an exact node, which may no longer exist. */
  public static String inWords(String name, String uid) {
    return "node " + name + " (uid " + uid + ")";
  }

  @Override
  public String workload() {
    return "Node/" + name;
  }

  /** All nodes share one budget. */
  @Override
  public String neighbourhood() {
    return "nodes";
  }

  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", name)
        .put("uid", uid)
        .put("createdAt", createdAt.toString());
  }

  /** Reads the identity that {@link #toJson} wrote; other fields have defaults. */
  public static Node read(JsonNode in) {
    return new Node(
        in.path("name").asText(),
        in.path("uid").asText(),
        Instant.parse(in.path("createdAt").asText()),
        false,
        true,
        false,
        false,
        Set.of());
  }
}
