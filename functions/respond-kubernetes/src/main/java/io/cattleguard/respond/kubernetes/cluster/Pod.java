package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A pod's current state.
 *
 * @param node empty if the pod is not scheduled
 * @param createdAt creation time of this UID
 * @param owner the controller at the top of its chain of owners, empty for a bare pod; of a
 *     detached pod, the controller that it had
 * @param mirror whether it is the mirror of a static pod, which cannot be deleted through the API
 * @param terminating whether it is being deleted, and its grace ends within a minute
 * @param hostNetwork whether it uses the host network, to which NetworkPolicies do not apply
 * @param containerIds as reported by the kubelet, without the runtime's scheme
 * @param detached whether an isolation took it out of its controller, which has replaced it
 * @param version the version that was read, so that a changed pod is not deleted; empty if unknown,
 *     for example for a stored pod
 * @param endsLate whether it is being deleted with a grace that does not end within a minute, so
 *     that it still runs, and serves if no other replica does
 */
public record Pod(
    String namespace,
    String name,
    String uid,
    Optional<String> node,
    Instant createdAt,
    Optional<Owner> owner,
    boolean mirror,
    boolean terminating,
    boolean hostNetwork,
    boolean ready,
    List<String> containerIds,
    boolean detached,
    String version,
    boolean endsLate)
    implements Subject {

  /** Copies the list. */
  public Pod {
    containerIds = List.copyOf(containerIds);
  }

  /** A pod that is neither detached nor deleted with a long grace, and of an unknown version. */
  public Pod(
      String namespace,
      String name,
      String uid,
      Optional<String> node,
      Instant createdAt,
      Optional<Owner> owner,
      boolean mirror,
      boolean terminating,
      boolean hostNetwork,
      boolean ready,
      List<String> containerIds) {
    this(
        namespace,
        name,
        uid,
        node,
        createdAt,
        owner,
        mirror,
        terminating,
        hostNetwork,
        ready,
        containerIds,
        false,
        "",
        false);
  }

  /** A controller, {@code Deployment} and {@code web}. */
  public record Owner(String kind, String name) {
    @Override
    public String toString() {
      return kind + "/" + name;
    }
  }

  @Override
  public String inWords() {
    return inWords(namespace, name, uid);
  }

  /** Describes an exact pod, which may no longer exist. */
  public static String inWords(String namespace, String name, String uid) {
    return "pod " + namespace + "/" + name + " (uid " + uid + ")";
  }

  /** Its name without the part after the last hyphen, which differs from replica to replica. */
  public String beginning() {
    return beginning(name);
  }

  /** The beginning of a pod's name. */
  public static String beginning(String name) {
    int end = name.lastIndexOf('-');
    return end < 0 ? name : name.substring(0, end);
  }

  /** The owner, or the pod itself. */
  @Override
  public String workload() {
    return namespace + "/" + owner.map(Owner::toString).orElse("Pod/" + name);
  }

  @Override
  public Optional<String> onNode() {
    return node;
  }

  @Override
  public String neighbourhood() {
    return namespace;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("namespace", namespace).put("name", name).put("uid", uid);
    out.put("createdAt", createdAt.toString());
    node.ifPresent(on -> out.put("node", on));
    owner.ifPresent(top -> out.putObject("owner").put("kind", top.kind()).put("name", top.name()));
    if (detached) {
      out.put("detached", true);
    }
    return out;
  }

  /**
   * Reads the identity, node, owner and detachment that {@link #toJson} wrote; other fields have
   * defaults.
   */
  public static Pod read(JsonNode in) {
    JsonNode owner = in.path("owner");
    return new Pod(
        in.path("namespace").asText(),
        in.path("name").asText(),
        in.path("uid").asText(),
        Optional.of(in.path("node").asText()).filter(node -> !node.isEmpty()),
        Instant.parse(in.path("createdAt").asText()),
        owner.isObject()
            ? Optional.of(new Owner(owner.path("kind").asText(), owner.path("name").asText()))
            : Optional.empty(),
        false,
        false,
        false,
        false,
        List.of(),
        in.path("detached").asBoolean(),
        "",
        false);
  }
}
