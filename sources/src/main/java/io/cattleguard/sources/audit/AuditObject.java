package io.cattleguard.sources.audit;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The object of a request, from its path and its body. */
final class AuditObject {
  private static final Map<String, String> WORKLOADS =
      Map.of(
          "deployments", "Deployment",
          "statefulsets", "StatefulSet",
          "daemonsets", "DaemonSet",
          "replicasets", "ReplicaSet",
          "replicationcontrollers", "ReplicationController",
          "jobs", "Job",
          "cronjobs", "CronJob");

  private final JsonNode audit;
  private final List<String> notes;
  private final @Nullable String resource;
  private final @Nullable String subresource;
  private final @Nullable String namespace;
  private final @Nullable String name;
  private final @Nullable String role;

  AuditObject(JsonNode audit, List<String> notes) {
    this.audit = audit;
    this.notes = notes;
    JsonNode reference = audit.path("objectRef");
    this.resource = text(reference.get("resource"), "objectRef.resource", notes);
    this.subresource = text(reference.get("subresource"), "objectRef.subresource", notes);
    this.namespace = text(reference.get("namespace"), "objectRef.namespace", notes);
    this.name =
        or(
            text(reference.get("name"), "objectRef.name", notes),
            or(metadataName("requestObject"), metadataName("responseObject")));
    this.role =
        text(audit.path("requestObject").path("roleRef").get("name"), "roleRef.name", notes);
  }

  /** With generateName the name is only in the response. */
  private @Nullable String metadataName(String object) {
    return text(audit.path(object).path("metadata").get("name"), object + ".metadata.name", notes);
  }

  Target target(@Nullable String cluster, @Nullable String user) {
    boolean isPod = "pods".equals(resource) && name != null;
    String workload = workload();
    return Target.builder()
        .cluster(cluster)
        .namespace(namespace)
        .pod(isPod ? name : null)
        .workload(workload)
        .containerName(isPod ? parameter("container") : null)
        .image(image())
        .principal(user)
        .resource(isPod || workload != null ? null : named())
        .build();
  }

  private @Nullable String workload() {
    String kind = resource == null ? null : WORKLOADS.get(resource);
    return kind == null || name == null ? null : kind + "/" + name;
  }

  /** The image of a created pod or workload with one container. */
  private @Nullable String image() {
    JsonNode spec = audit.path("requestObject").path("spec");
    JsonNode containers = spec.has("template") ? spec.path("template").path("spec") : spec;
    JsonNode list = containers.path("containers");
    return list.size() == 1
        ? text(list.path(0).get("image"), "requestObject.spec.containers.image", notes)
        : null;
  }

  /** The command that an exec runs. The API server has it in the query, each word a parameter. */
  ObservedProcess process() {
    List<String> words = new ArrayList<>(2);
    if ("exec".equals(subresource)) {
      words = parameters("command");
    }
    if (words.isEmpty()) {
      return ObservedProcess.UNKNOWN;
    }
    String program = words.getFirst();
    return new ObservedProcess(
        program.startsWith("/") ? program : null,
        program.substring(program.lastIndexOf('/') + 1),
        HostileText.visible(String.join(" ", words)),
        null,
        null);
  }

  private @Nullable String parameter(String key) {
    List<String> values = parameters(key);
    return values.isEmpty() ? null : values.getFirst();
  }

  private List<String> parameters(String key) {
    List<String> values = new ArrayList<>(2);
    String uri = audit.path("requestURI").asText("");
    int query = uri.indexOf('?');
    if (query < 0) {
      return values;
    }
    for (String pair : uri.substring(query + 1).split("&", -1)) {
      if (pair.startsWith(key + "=")) {
        values.add(HostileText.visible(decoded(pair.substring(key.length() + 1))));
      }
    }
    return values;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** {@code secrets/db}, {@code clusterrolebindings/x to cluster-admin}, or the path. */
  private @Nullable String named() {
    if (resource == null) {
      String uri = audit.path("requestURI").asText("");
      return uri.isEmpty() ? null : HostileText.visible(uri.split("\\?", 2)[0]);
    }
    StringBuilder words = new StringBuilder(resource);
    if (name != null) {
      words.append('/').append(name);
    }
    if (subresource != null) {
      words.append('/').append(subresource);
    }
    if (role != null) {
      words.append(" to ").append(role);
    }
    return words.toString();
  }

  /** The object as text, with its namespace. */
  @Override
  public String toString() {
    String named = named();
    String words = named == null ? "an unknown object" : named;
    return namespace == null ? words : words + " in " + namespace;
  }
}
