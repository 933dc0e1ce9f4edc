package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Revocation;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Revokes the tokens of one pod, checks it and undoes it. The record is named like the pod's UID,
 * so no other pod is revoked. A record denies nothing without the admission policy, so that is
 * compared with the one that ships.
 */
final class Fabric8Revocation {
  private static final String API = "/apis/admissionregistration.k8s.io/v1/";
  private static final String KIND = RevocationPolicy.RESOURCE + "." + RevocationPolicy.GROUP;
  private static final String PODS =
      "/apis/" + RevocationPolicy.GROUP + "/v1/" + RevocationPolicy.RESOURCE;
  private static final String POLICY = "ValidatingAdmissionPolicy " + RevocationPolicy.NAME;
  private static final String BINDING = "ValidatingAdmissionPolicyBinding " + RevocationPolicy.NAME;
  private static final String APPLY = "; apply infra/kubernetes/admission.yaml";

  private final KubernetesClient client;
  private final Fabric8Pods pods;

  Fabric8Revocation(KubernetesClient client, Fabric8Pods pods) {
    this.client = client;
    this.pods = pods;
  }

  Change revoke(Pod pod) {
    Optional<String> uid =
        Fabric8Answers.asking(
            () -> pods.find(pod.namespace(), pod.name()).map(now -> now.getMetadata().getUid()));
    if (uid.isEmpty()) {
      return Change.GONE;
    }
    if (!uid.get().equals(pod.uid())) {
      return Change.REPLACED;
    }
    try {
      client.raw(PODS, "POST", record(pod));
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        // Its name is the UID, so it is the record of this pod.
        case Fabric8Answers.CONFLICT -> Change.MADE;
        case Fabric8Answers.NOT_FOUND ->
            throw new Denied("the kind " + KIND + " is not installed" + APPLY, e);
        case Fabric8Answers.FORBIDDEN, Fabric8Answers.UNPROCESSABLE ->
            throw Fabric8Answers.denied(e);
        default -> throw Fabric8Answers.unavailable(e);
      };
    }
  }

  private static ObjectNode record(Pod pod) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record.put("apiVersion", RevocationPolicy.GROUP + "/v1").put("kind", RevocationPolicy.KIND);
    record.putObject("metadata").put("name", pod.uid());
    record.putObject("spec").put("pod", pod.namespace() + "/" + pod.name());
    return record;
  }

  private static String path(Pod pod) {
    return PODS + "/" + Fabric8Answers.segment(pod.uid());
  }

  private boolean isRecorded(Pod pod) {
    // Null if there is none.
    return client.raw(path(pod)) != null;
  }

  Change restore(Pod pod) {
    try {
      client.raw(path(pod), "DELETE", null);
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case Fabric8Answers.NOT_FOUND -> Change.GONE;
        case Fabric8Answers.FORBIDDEN, Fabric8Answers.UNPROCESSABLE ->
            throw Fabric8Answers.denied(e);
        default -> throw Fabric8Answers.unavailable(e);
      };
    }
  }

  Revocation of(Pod pod) {
    return new Revocation(isRecorded(pod), unenforced(pod));
  }

  /** Why the policy in the cluster does not deny the tokens of a revoked pod. */
  private Optional<String> unenforced(Pod pod) {
    Optional<JsonNode> policy = read("validatingadmissionpolicies");
    if (policy.isEmpty()) {
      return Optional.of("the " + POLICY + " is not installed" + APPLY);
    }
    Set<String> excepted =
        RevocationPolicy.excepted(policy.get().at("/spec/matchConditions/1/expression").asText());
    if (!decidesAs(RevocationPolicy.policy(excepted), policy.get())) {
      return Optional.of("the " + POLICY + " is not the one that ships" + APPLY);
    }
    if (excepted.contains(pod.namespace())) {
      return Optional.of(
          "the " + POLICY + " excepts the service accounts of namespace " + pod.namespace());
    }
    Optional<JsonNode> binding = read("validatingadmissionpolicybindings");
    if (binding.isEmpty()) {
      return Optional.of("the " + BINDING + " is not installed" + APPLY);
    }
    return decidesAs(RevocationPolicy.binding(), binding.get())
        ? Optional.empty()
        : Optional.of("the " + BINDING + " is not the one that ships" + APPLY);
  }

  private Optional<JsonNode> read(String resource) {
    // Null if there is none.
    return Optional.ofNullable(client.raw(API + resource + "/" + RevocationPolicy.NAME))
        .map(text -> client.getKubernetesSerialization().unmarshal(text, JsonNode.class));
  }

  private boolean decidesAs(String shipped, JsonNode found) {
    JsonNode ours = client.getKubernetesSerialization().unmarshal(shipped, JsonNode.class);
    JsonNode spec = found.path("spec");
    return has(spec, ours.path("spec"))
        && NARROWING.stream().allMatch(field -> spec.at(field).isEmpty())
        && found.at("/metadata/deletionTimestamp").isMissingNode();
  }

  /** The fields with which others could make the policy deny less. */
  private static final List<String> NARROWING =
      List.of(
          "/matchConstraints/excludeResourceRules",
          "/matchConstraints/resourceRules/0/resourceNames",
          "/matchResources",
          "/variables");

  /**
   * Whether an object has every field that Cattleguard set. A newer API server may add fields with
   * their defaults. A policy that fails closed denies no less, and a message decides nothing.
   */
  private static boolean has(JsonNode found, JsonNode ours) {
    if (ours.isObject() && !ours.isEmpty()) {
      return ours.properties().stream()
          .filter(field -> !field.getKey().equals("failurePolicy"))
          .filter(field -> !field.getKey().equals("message"))
          .allMatch(field -> has(found.path(field.getKey()), field.getValue()));
    }
    if (ours.isArray()) {
      for (int i = 0; i < ours.size(); i++) {
        if (!has(found.path(i), ours.get(i))) {
          return false;
        }
      }
      return found.size() == ours.size();
    }
    return ours.isEmpty() && ours.isObject() ? found.isEmpty() : found.equals(ours);
  }
}
