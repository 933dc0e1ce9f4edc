package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A node's current state.
 *
 * @param createdAt creation time of this UID; a replaced node may have the same name
 * @param controlPlane whether it runs the control plane
 * @param ready whether its kubelet reports it as ready
 * @param unschedulable whether it is cordoned, by any client
 * @param cordonedByUs whether Cattleguard was the last to set or change that
 * @param taints that keep pods away, each as {@code key=value:effect} or {@code key:effect}
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

  private static final String OURS = TAINT + "=cordoned:NoSchedule";

  /** Kubernetes adds them while the node is in a condition. Ordinary pods tolerate none of them. */
  private static final Set<String> OF_CONDITIONS =
      Set.of(
          "node.kubernetes.io/unschedulable",
          "node.kubernetes.io/not-ready",
          "node.kubernetes.io/unreachable",
          "node.kubernetes.io/memory-pressure",
          "node.kubernetes.io/disk-pressure",
          "node.kubernetes.io/pid-pressure",
          "node.kubernetes.io/network-unavailable",
          "node.cloudprovider.kubernetes.io/uninitialized",
          "node.cloudprovider.kubernetes.io/shutdown");

  /** Copies the set. */
  public Node {
    taints = Set.copyOf(taints);
  }

  /** A taint as text. */
  public static String taint(String key, String value, String effect) {
    return key + (value.isEmpty() ? "" : "=" + value) + ":" + effect;
  }

  private static String keyOf(String taint) {
    return taint.split("[=:]", 2)[0];
  }

  /** Whether Cattleguard's taint is on it. */
  public boolean taintedByUs() {
    return taints.stream().anyMatch(taint -> keyOf(taint).equals(TAINT));
  }

  /** Its taints with or without that of Cattleguard. */
  Set<String> taints(boolean withOurs) {
    Set<String> changed = new HashSet<>(taints);
    changed.removeIf(taint -> keyOf(taint).equals(TAINT));
    if (withOurs) {
      changed.add(OURS);
    }
    return changed;
  }

  /**
   * The taints that its pods tolerate, as text: nodes with the same ones stand in for each other.
   */
  public String pool() {
    return tolerated().sorted().collect(Collectors.joining(","));
  }

  private Stream<String> tolerated() {
    return taints.stream()
        .filter(taint -> !keyOf(taint).equals(TAINT) && !OF_CONDITIONS.contains(keyOf(taint)));
  }

  /** Whether pods that this node accepts could be scheduled on the other node instead. */
  public boolean canMoveTo(Node other) {
    return other.ready
        && !other.unschedulable
        && !other.controlPlane
        && tolerated().collect(Collectors.toSet()).containsAll(other.taints);
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
