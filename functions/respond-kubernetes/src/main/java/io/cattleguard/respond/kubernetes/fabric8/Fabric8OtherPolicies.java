package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.policies.OtherPolicyRules;
import io.cattleguard.respond.kubernetes.policies.OtherPolicyRules.Rules;
import io.cattleguard.respond.kubernetes.policies.OtherPolicyRules.Seen;
import io.cattleguard.respond.kubernetes.reading.Cached;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds policies of other kinds that may allow an isolated pod traffic: those of administrators, of
 * Calico, Cilium and Antrea, of EKS and of GKE, where they are installed. They are read as JSON,
 * because their versions differ.
 *
 * @see <a href="https://network-policy-api.sigs.k8s.io/api-overview/">AdminNetworkPolicy</a>
 */
final class Fabric8OtherPolicies {
  private static final Duration KEPT = Duration.ofMinutes(5);
  private static final String CALICO = "crd.projectcalico.org";
  private static final String CALICO_API = "projectcalico.org";

  /** A kind of policy. */
  private record Kind(String group, String resource, boolean namespaced, Rules rules) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("policy.networking.k8s.io", "adminnetworkpolicies", false, Rules.ADMIN),
          new Kind("policy.networking.k8s.io", "clusternetworkpolicies", false, Rules.ADMIN),
          new Kind(CALICO, "networkpolicies", true, Rules.CALICO),
          new Kind(CALICO, "globalnetworkpolicies", false, Rules.CALICO),
          new Kind(CALICO_API, "networkpolicies", true, Rules.CALICO),
          new Kind(CALICO_API, "globalnetworkpolicies", false, Rules.CALICO),
          new Kind("cilium.io", "ciliumnetworkpolicies", true, Rules.CILIUM),
          new Kind("cilium.io", "ciliumclusterwidenetworkpolicies", false, Rules.CILIUM),
          new Kind("crd.antrea.io", "networkpolicies", true, Rules.ANTREA),
          new Kind("crd.antrea.io", "clusternetworkpolicies", false, Rules.ANTREA),
          new Kind("networking.k8s.aws", "clusternetworkpolicies", false, Rules.ADMIN),
          new Kind("networking.k8s.aws", "applicationnetworkpolicies", true, Rules.ADDITIVE),
          new Kind("networking.gke.io", "fqdnnetworkpolicies", true, Rules.ADDITIVE));

  /** Applies only to pods that no NetworkPolicy selects, so it never allows an isolated one. */
  private static final Kind BASELINE =
      new Kind("policy.networking.k8s.io", "baselineadminnetworkpolicies", false, Rules.BASELINE);

  private static final List<Kind> OF_EGRESS =
      Stream.concat(KINDS.stream(), Stream.of(BASELINE)).toList();

  private final KubernetesClient client;
  private final OtherPolicyRules rules;

  /** By {@code group/resource}, the path at which an installed kind is served. */
  private final Cached<Map<String, String>> installed;

  Fabric8OtherPolicies(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.rules = new OtherPolicyRules(client.getKubernetesSerialization());
    this.installed = new Cached<>(clock, KEPT);
  }

  /**
   * The result of the search.
   *
   * @param caveats policies that allow the pod traffic, or may
   * @param doubts kinds of policies that could not be read
   */
  record Found(List<String> caveats, List<String> doubts) {}

  /** Those that may allow an isolated pod traffic. */
  Found of(Pod pod, Map<String, String> labels, Optional<String> serviceAccount) {
    return of(
        pod,
        Set.of(labels),
        serviceAccount,
        KINDS,
        rules::allows,
        "also selects the pod; traffic that it allows stays allowed",
        "may allow the pod traffic");
  }

  /** Those that decide on what leaves a pod of that namespace with some of the labels, or may. */
  Found ofEgress(Pod pod, Set<Map<String, String>> labels) {
    return of(
        pod,
        labels,
        Optional.empty(),
        OF_EGRESS,
        rules::governs,
        "decides on the egress of a pod of the workload",
        "may decide on the egress of a pod of the workload");
  }

  /** Whether a policy has an effect on the pod; empty if that is unknown. */
  private interface Question {
    Optional<Boolean> applies(Rules rules, String name, JsonNode policy, Seen seen);
  }

  private Found of(
      Pod pod,
      Set<Map<String, String>> labels,
      Optional<String> serviceAccount,
      List<Kind> kinds,
      Question question,
      String does,
      String may) {
    List<String> caveats = new ArrayList<>();
    List<String> doubts = new ArrayList<>();
    Map<String, String> paths;
    List<Seen> seen;
    try {
      paths = installed.ask("kinds", this::discover);
      if (paths.isEmpty()) {
        return new Found(caveats, doubts);
      }
      Map<String, String> namespace = namespace(pod.namespace());
      seen = labels.stream().map(one -> new Seen(pod, one, namespace, serviceAccount)).toList();
    } catch (KubernetesClientException e) {
      doubts.add(unread("policies of other kinds", e));
      return new Found(caveats, doubts);
    }
    for (Kind kind : kinds) {
      String path = paths.get(kind.group() + "/" + kind.resource());
      if (path != null) {
        try {
          caveats.addAll(caveats(kind, path, pod.namespace(), seen, question, does, may));
        } catch (KubernetesClientException e) {
          doubts.add(unread(kind.resource() + "." + kind.group(), e));
        }
      }
    }
    return new Found(caveats, doubts);
  }

  private static String unread(String what, KubernetesClientException e) {
    return "cannot read " + what + ": " + Fabric8Answers.unavailable(e).getMessage();
  }

  private Map<String, String> namespace(String name) {
    var namespace = client.namespaces().withName(name).get();
    return namespace == null ? Map.of() : Fabric8Pods.labels(namespace);
  }

  /** A group that is not served is not installed. */
  private Map<String, String> discover() {
    Map<String, String> paths = new HashMap<>();
    for (JsonNode group : read("/apis").path("groups")) {
      String name = group.path("name").asText();
      if (KINDS.stream().anyMatch(kind -> kind.group().equals(name))) {
        for (JsonNode version : group.path("versions")) {
          String path = "/apis/" + version.path("groupVersion").asText();
          for (JsonNode resource : read(path).path("resources")) {
            paths.putIfAbsent(name + "/" + resource.path("name").asText(), path);
          }
        }
      }
    }
    Set<String> known = new HashSet<>();
    OF_EGRESS.forEach(kind -> known.add(kind.group() + "/" + kind.resource()));
    paths.keySet().retainAll(known);
    // Calico's own API server shows the same policies again.
    for (String resource : List.of("networkpolicies", "globalnetworkpolicies")) {
      if (paths.containsKey(CALICO + "/" + resource)) {
        paths.remove(CALICO_API + "/" + resource);
      }
    }
    return paths;
  }

  private JsonNode read(String path) {
    String text = client.raw(path);
    return text == null
        ? JsonNodeFactory.instance.objectNode()
        : client.getKubernetesSerialization().unmarshal(text, JsonNode.class);
  }

  private List<String> caveats(
      Kind kind,
      String path,
      String namespace,
      List<Seen> seen,
      Question question,
      String does,
      String may) {
    String in = kind.namespaced() ? "/namespaces/" + Fabric8Answers.segment(namespace) : "";
    List<String> caveats = new ArrayList<>();
    for (JsonNode policy : read(path + in + "/" + kind.resource()).path("items")) {
      String name = policy.path("metadata").path("name").asText();
      Set<Optional<Boolean>> applies =
          seen.stream()
              .map(one -> question.applies(kind.rules(), name, policy, one))
              .collect(Collectors.toSet());
      String what = kind.resource() + "." + kind.group() + " " + name;
      if (applies.contains(Optional.of(true))) {
        caveats.add(what + " " + does);
      } else if (applies.contains(Optional.<Boolean>empty())) {
        caveats.add(what + " " + may + ": its selector cannot be evaluated");
      }
    }
    return caveats;
  }
}
