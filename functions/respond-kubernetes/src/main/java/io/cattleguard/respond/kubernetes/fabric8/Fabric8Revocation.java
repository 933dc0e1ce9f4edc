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
  private static final String NO_KIND = "the kind " + KIND + " is not installed" + APPLY;

  private static final int PAGE = 500;

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
      client.raw(PODS + "?fieldManager=" + Fabric8Workloads.MANAGER, "POST", record(pod));
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        // Its name is the UID, so it is a record of this pod.
        case Fabric8Answers.CONFLICT -> Change.MADE;
        case Fabric8Answers.NOT_FOUND -> throw new Denied(NO_KIND, e);
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

  private Optional<JsonNode> recorded(Pod pod) {
    return read(client, path(pod));
  }

  /** Whether a responder made the record, and not a person. */
  private static boolean isOurs(JsonNode record) {
    for (JsonNode entry : record.at("/metadata/managedFields")) {
      if (entry.path("manager").asText().equals(Fabric8Workloads.MANAGER)) {
        return true;
      }
    }
    return false;
  }

  Change restore(Pod pod) {
    Optional<JsonNode> record = Fabric8Answers.asking(() -> recorded(pod));
    if (record.isEmpty()) {
      return Change.GONE;
    }
    if (!isOurs(record.get())) {
      return Change.REPLACED;
    }
    ObjectNode exact = JsonNodeFactory.instance.objectNode();
    exact.put("apiVersion", "v1").put("kind", "DeleteOptions");
    exact.putObject("preconditions").set("uid", record.get().at("/metadata/uid"));
    return Fabric8Answers.deleting(
        () -> client.raw(path(pod), "DELETE", exact), () -> recorded(pod).isPresent());
  }

  /** Up to a page of them, which is more than any limit. */
  int count() {
    return read(client, PODS + "?limit=" + PAGE).map(all -> all.path("items").size()).orElse(0);
  }

  Revocation of(Pod pod) {
    Optional<String> unenforced = unenforced(client, Optional.of(pod.namespace()));
    Optional<JsonNode> record = recorded(pod);
    boolean ours = record.filter(Fabric8Revocation::isOurs).isPresent();
    if (record.isEmpty() || unenforced.isPresent()) {
      return new Revocation(record.isPresent(), ours, false, unenforced);
    }
    return asked(pod, ours);
  }

  /**
   * Asks the API server whether it denies the tokens of a pod. A policy can be installed and deny
   * nothing, because a plug-in is disabled, or because the API server has not read the record yet.
   * So a dry run records the pod again: the policy denies that if it knows of the pod, and if not
   * the record exists already.
   */
  private Revocation asked(Pod pod, boolean ours) {
    try {
      client.raw(PODS + "?dryRun=All", "POST", record(pod));
      // It was removed meanwhile.
      return new Revocation(false, false, false, Optional.empty());
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case Fabric8Answers.CONFLICT -> new Revocation(true, ours, false, Optional.empty());
        case Fabric8Answers.FORBIDDEN, Fabric8Answers.UNPROCESSABLE -> {
          String said = Fabric8Answers.said(e);
          boolean denies = said.contains(RevocationPolicy.DENIES);
          yield new Revocation(
              true,
              ours,
              denies,
              denies
                  ? Optional.empty()
                  : Optional.of("the API server does not say whether it denies: " + said));
        }
        case Fabric8Answers.NOT_FOUND -> new Revocation(false, false, false, Optional.of(NO_KIND));
        default -> throw Fabric8Answers.unavailable(e);
      };
    }
  }

  /**
   * Why the policy in the cluster does not deny the tokens of a revoked pod.
   *
   * @param namespace of the pod; empty for any that is not protected
   */
  static Optional<String> unenforced(KubernetesClient client, Optional<String> namespace) {
    Optional<JsonNode> policy =
        read(client, API + "validatingadmissionpolicies/" + RevocationPolicy.NAME);
    if (policy.isEmpty()) {
      return Optional.of("the " + POLICY + " is not installed" + APPLY);
    }
    List<String> excepted =
        RevocationPolicy.excepted(policy.get().at("/spec/matchConditions/1/expression").asText());
    if (!decidesAs(client, RevocationPolicy.policy(excepted), policy.get())) {
      return Optional.of("the " + POLICY + " is not the one that ships" + APPLY);
    }
    if (namespace.filter(excepted::contains).isPresent()) {
      return Optional.of(
          "the " + POLICY + " excepts the service accounts of namespace " + namespace.get());
    }
    Optional<JsonNode> binding =
        read(client, API + "validatingadmissionpolicybindings/" + RevocationPolicy.NAME);
    if (binding.isEmpty()) {
      return Optional.of("the " + BINDING + " is not installed" + APPLY);
    }
    return decidesAs(client, RevocationPolicy.binding(), binding.get())
        ? Optional.empty()
        : Optional.of("the " + BINDING + " is not the one that ships" + APPLY);
  }

  private static Optional<JsonNode> read(KubernetesClient client, String path) {
    // Null without one.
    return Optional.ofNullable(client.raw(path))
        .map(text -> client.getKubernetesSerialization().unmarshal(text, JsonNode.class));
  }

  private static boolean decidesAs(KubernetesClient client, String shipped, JsonNode found) {
    JsonNode ours = client.getKubernetesSerialization().unmarshal(shipped, JsonNode.class);
    JsonNode spec = found.path("spec");
    return has(spec, ours.path("spec"))
        && NARROWING.stream().map(spec::at).allMatch(Fabric8Revocation::isAbsent)
        && found.at("/metadata/deletionTimestamp").isMissingNode();
  }

  private static boolean isAbsent(JsonNode field) {
    return field.isMissingNode() || field.isNull() || (field.isContainerNode() && field.isEmpty());
  }

  /** What others could add so that the policy denies less. */
  private static final List<String> NARROWING =
      List.of(
          "/matchConstraints/excludeResourceRules",
          "/matchConstraints/resourceRules/0/resourceNames",
          "/matchResources",
          "/paramRef/namespace",
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
    return (ours.isEmpty() && ours.isObject()) ? found.isEmpty() : found.equals(ours);
  }
}
