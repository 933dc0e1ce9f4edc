package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the pod and container in Falco's {@code k8s.*}, {@code k8smeta.*} and container fields. */
final class FalcoTarget {
  /** Falco's container name for a process outside of containers. */
  private static final String HOST = "host";

  private static final int SHORTENED_ID = 12;

  private @Nullable String namespace;
  private @Nullable String pod;
  private @Nullable String podUid;
  private @Nullable String metaNamespace;
  private @Nullable String metaPod;
  private @Nullable String metaPodUid;
  private @Nullable String workload;
  private @Nullable String replicas;
  private @Nullable String containerId;
  private @Nullable String containerName;
  private @Nullable String imageRepository;
  private @Nullable String imageTag;
  private @Nullable String imageDigest;
  private @Nullable String image;
  private List<String> labels = List.of();

  /** Takes a field if it belongs here; false otherwise. */
  boolean take(String key, JsonNode value, List<String> notes) {
    switch (key) {
      case "k8s.ns.name" -> namespace = text(value, key, notes);
      case "k8s.pod.name" -> pod = text(value, key, notes);
      case "k8s.pod.uid" -> podUid = text(value, key, notes);
      // Legacy name of the UID; the sandbox id is k8s.pod.sandbox_id.
      case "k8s.pod.id", "k8smeta.pod.uid" -> metaPodUid = or(metaPodUid, text(value, key, notes));
      case "k8smeta.ns.name" -> metaNamespace = text(value, key, notes);
      case "k8smeta.pod.name" -> metaPod = text(value, key, notes);

      case "k8s.deployment.name", "k8smeta.deployment.name" ->
          workload = or(owner("Deployment/", text(value, key, notes)), workload);
      case "k8s.statefulset.name", "k8smeta.statefulset.name" ->
          workload = or(workload, owner("StatefulSet/", text(value, key, notes)));
      case "k8s.daemonset.name", "k8smeta.daemonset.name" ->
          workload = or(workload, owner("DaemonSet/", text(value, key, notes)));
      case "k8s.rs.name", "k8smeta.rs.name" ->
          replicas = or(owner("ReplicaSet/", text(value, key, notes)), replicas);
      case "k8s.rc.name", "k8smeta.rc.name" ->
          replicas = or(replicas, owner("ReplicationController/", text(value, key, notes)));

      case "k8s.pod.labels" -> labels = Labels.read(value, key, notes);

      case "container.id" -> containerId = text(value, key, notes);
      case "container.name" -> containerName = text(value, key, notes);
      case "container.image.repository" -> imageRepository = text(value, key, notes);
      case "container.image.tag" -> imageTag = text(value, key, notes);
      case "container.image.digest" -> imageDigest = text(value, key, notes);
      case "container.image" -> {
        if (value.isObject()) {
          return false;
        }
        image = text(value, key, notes);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String owner(String kind, @Nullable String name) {
    return name == null ? null : kind + name;
  }

  /** The target, completed with an audit event's fields. */
  Target build(@Nullable String cluster, @Nullable String node, FalcoAudit audit) {
    namespace = or(namespace, metaNamespace);
    pod = or(pod, metaPod);
    podUid = or(podUid, metaPodUid);
    boolean host = HOST.equals(containerId) || HOST.equals(containerName);
    if (!host && containerName != null && containerName.startsWith("k8s_")) {
      readKubeletName(containerName);
    }
    if (isId(containerName)) {
      containerName = null;
    }
    return Target.builder()
        .cluster(cluster)
        .node(node)
        .namespace(or(namespace, audit.namespace()))
        .pod(or(pod, audit.pod()))
        .podUid(podUid)
        .workload(or(or(workload, replicas), audit.workload()))
        .containerId(host ? null : containerId)
        .containerName(host ? null : containerName)
        .image(host ? null : or(image(), audit.image()))
        .account(audit.account())
        .region(audit.region())
        .principal(audit.principal())
        .resource(audit.resource())
        .labels(labels)
        .build();
  }

  /** Whether the name is the container's id, which Falco writes where it does not know the name. */
  private boolean isId(@Nullable String name) {
    return name != null
        && containerId != null
        && name.length() >= SHORTENED_ID
        && (name.startsWith(containerId) || containerId.startsWith(name));
  }

  /**
   * The kubelet's name for a Docker container, {@code k8s_<container>_<pod>_<namespace>_<uid>_<n>}.
   * Kubernetes names contain no underscore, so the split is unambiguous. Ignored if the event names
   * another pod.
   *
   * @see <a
   *     href="https://github.com/kubernetes/kubernetes/blob/v1.23.0/pkg/kubelet/dockershim/naming.go">naming.go</a>
   */
  private void readKubeletName(String name) {
    String[] parts = name.split("_", -1);
    if (parts.length != 6 || List.of(parts).contains("")) {
      return;
    }
    containerName = parts[1];
    if ((pod == null || pod.equals(parts[2]))
        && (namespace == null || namespace.equals(parts[3]))) {
      pod = parts[2];
      namespace = parts[3];
      podUid = or(podUid, parts[4]);
    }
  }

  private @Nullable String image() {
    if (imageRepository == null) {
      return image;
    }
    if (imageTag != null) {
      return imageRepository + ":" + imageTag;
    }
    if (image != null && image.startsWith(imageRepository)) {
      return image;
    }
    return imageDigest != null ? imageRepository + "@" + imageDigest : imageRepository;
  }
}
