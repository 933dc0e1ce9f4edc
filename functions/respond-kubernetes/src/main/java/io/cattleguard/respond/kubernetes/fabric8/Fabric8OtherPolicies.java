package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.reading.Cached;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
  private static final String INGRESS = "ingress";
  private static final String EGRESS = "egress";
  private static final String APPLIED_TO = "appliedTo";
  private static final String POD_SELECTOR = "podSelector";
  private static final String NAMESPACE_SELECTOR = "namespaceSelector";
  private static final String CALICO_API = "projectcalico.org";

  /** A kind of policy. */
  private record Kind(String group, String resource, boolean namespaced, Rules rules) {}

  private enum Rules {
    ADMIN,
    BASELINE,
    CALICO,
    CILIUM,
    ANTREA,
    /** Like a NetworkPolicy, to which it adds. */
    ADDITIVE
  }

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

  /** By {@code group/resource}, the path at which an installed kind is served. */
  private final Cached<Map<String, String>> installed;

  Fabric8OtherPolicies(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.installed = new Cached<>(clock, KEPT);
  }

  /**
   * The result of the search.
   *
   * @param caveats policies that allow the pod traffic, or may
   * @param doubts kinds of policies that could not be read
   */
  record Found(List<String> caveats, List<String> doubts) {}

  /** The attributes of an isolated pod that policies select by. */
  private record Seen(
      Pod pod,
      Map<String, String> labels,
      Map<String, String> namespace,
      Optional<String> serviceAccount) {}

  /** Those that may allow an isolated pod traffic. */
  Found of(Pod pod, Map<String, String> labels, Optional<String> serviceAccount) {
    return of(
        pod,
        Set.of(labels),
        serviceAccount,
        KINDS,
        this::allows,
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
        this::governs,
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

  /** Whether a policy selects the pod and allows something; empty if that is unknown. */
  private Optional<Boolean> allows(Rules rules, String name, JsonNode policy, Seen seen) {
    JsonNode spec = policy.path("spec");
    return switch (rules) {
      case ADMIN -> Optional.of(adminAllows(spec, seen));
      case BASELINE -> Optional.of(false);
      // Calico's API server shows NetworkPolicies as its own with this prefix.
      case CALICO -> name.startsWith("knp.default.") ? Optional.of(false) : calico(spec, seen);
      case CILIUM -> cilium(policy, seen);
      case ANTREA -> antrea(spec, seen, List.of(INGRESS, EGRESS));
      case ADDITIVE ->
          Optional.of(
              (!spec.path(INGRESS).isEmpty() || !spec.path(EGRESS).isEmpty())
                  && selects(spec.path(POD_SELECTOR), seen.labels()));
    };
  }

  /**
   * Whether a policy decides on what leaves the pod. An administrator's denial stays a denial, and
   * what it passes on is left to NetworkPolicies; its baseline ends with the first of these.
   */
  private Optional<Boolean> governs(Rules rules, String name, JsonNode policy, Seen seen) {
    JsonNode spec = policy.path("spec");
    boolean isBaseline = rules == Rules.BASELINE || spec.path("tier").asText().equals("Baseline");
    return switch (rules) {
      case ADMIN, BASELINE ->
          Optional.of(
              subjectIs(spec, seen)
                  && (isBaseline
                      ? !spec.path("egress").isEmpty()
                      : hasAction(spec, List.of(EGRESS), Set.of("Allow", "Accept"))));
      case CALICO ->
          name.startsWith("knp.default.")
                  || !(has(spec.path("types"), "Egress") || !spec.path(EGRESS).isEmpty())
              ? Optional.of(false)
              : calicoSelects(spec, seen);
      case CILIUM -> ciliumSpecs(policy, seen, one -> one.has(EGRESS) || one.has("egressDeny"));
      case ANTREA -> antrea(spec, seen, List.of(EGRESS));
      case ADDITIVE -> Optional.of(selects(spec.path(POD_SELECTOR), seen.labels()));
    };
  }

  private static boolean has(JsonNode list, String text) {
    for (JsonNode one : list) {
      if (one.asText().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasAction(JsonNode spec, Set<String> actions) {
    return hasAction(spec, List.of(INGRESS, EGRESS), actions);
  }

  private static boolean hasAction(JsonNode spec, List<String> directions, Set<String> actions) {
    for (String direction : directions) {
      for (JsonNode rule : spec.path(direction)) {
        if (actions.contains(rule.path("action").asText())) {
          return true;
        }
      }
    }
    return false;
  }

  /** {@code Pass} leaves the traffic to the NetworkPolicies, of which ours denies it. */
  private boolean adminAllows(JsonNode spec, Seen seen) {
    if (spec.path("tier").asText().equals("Baseline")
        || !hasAction(spec, Set.of("Allow", "Accept"))) {
      return false;
    }
    return subjectIs(spec, seen);
  }

  private boolean subjectIs(JsonNode spec, Seen seen) {
    JsonNode subject = spec.path("subject");
    JsonNode pods = subject.path("pods");
    return pods.isObject()
        ? selects(pods.path(NAMESPACE_SELECTOR), seen.namespace())
            && selects(pods.path(POD_SELECTOR), seen.labels())
        : selects(subject.path("namespaces"), seen.namespace());
  }

  private boolean selects(JsonNode selector, Map<String, String> labels) {
    return Fabric8Selectors.matches(
        client.getKubernetesSerialization().convertValue(selector, LabelSelector.class), labels);
  }

  /** An {@code Allow} counts in every order: a policy denies the rest only after all of them. */
  private static Optional<Boolean> calico(JsonNode spec, Seen seen) {
    if (!hasAction(spec, Set.of("Allow"))
        || spec.path("preDNAT").asBoolean()
        || spec.path("doNotTrack").asBoolean()) {
      return Optional.of(false);
    }
    return calicoSelects(spec, seen);
  }

  private static Optional<Boolean> calicoSelects(JsonNode spec, Seen seen) {
    Map<String, String> labels = new HashMap<>(seen.labels());
    labels.put("projectcalico.org/namespace", seen.pod().namespace());
    labels.put("projectcalico.org/orchestrator", "k8s");
    seen.serviceAccount().ifPresent(one -> labels.put("projectcalico.org/serviceaccount", one));
    Map<String, String> ofNamespace = new HashMap<>(seen.namespace());
    ofNamespace.put("projectcalico.org/name", seen.pod().namespace());
    Optional<Boolean> pod = CalicoSelector.matches(spec.path("selector").asText(), labels);
    Optional<Boolean> namespace =
        CalicoSelector.matches(spec.path(NAMESPACE_SELECTOR).asText(), ofNamespace);
    boolean not = pod.equals(Optional.of(false)) || namespace.equals(Optional.of(false));
    return not ? Optional.of(false) : pod.flatMap(one -> namespace);
  }

  /**
   * Whether a rule of Antrea allows something. Its policies come before NetworkPolicies, except
   * those of its last tier, and a rule may name other objects than its policy.
   *
   * @see <a href="https://antrea.io/docs/main/docs/antrea-network-policy/">Antrea's policies</a>
   */
  private Optional<Boolean> antrea(JsonNode spec, Seen seen, List<String> directions) {
    Optional<Boolean> allows = Optional.of(false);
    if (spec.path("tier").asText().equalsIgnoreCase("baseline")) {
      return allows;
    }
    for (String direction : directions) {
      for (JsonNode rule : spec.path(direction)) {
        JsonNode own = rule.path(APPLIED_TO);
        if (rule.path("action").asText().equals("Allow")) {
          for (JsonNode to : own.isEmpty() ? spec.path(APPLIED_TO) : own) {
            Optional<Boolean> applies = antreaApplies(to, seen);
            if (applies.equals(Optional.of(true))) {
              return applies;
            }
            allows = applies.isEmpty() ? applies : allows;
          }
        }
      }
    }
    return allows;
  }

  /** Groups and service accounts are not evaluated. */
  private Optional<Boolean> antreaApplies(JsonNode to, Seen seen) {
    for (String field : (Iterable<String>) to::fieldNames) {
      if (!field.equals(POD_SELECTOR) && !field.equals(NAMESPACE_SELECTOR)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        (!to.has(POD_SELECTOR) || selects(to.path(POD_SELECTOR), seen.labels()))
            && (!to.has(NAMESPACE_SELECTOR)
                || selects(to.path(NAMESPACE_SELECTOR), seen.namespace())));
  }

  /** Cilium's policies have one rule set or several; an empty rule allows nothing. */
  private Optional<Boolean> cilium(JsonNode policy, Seen seen) {
    return ciliumSpecs(policy, seen, spec -> any(spec, INGRESS) || any(spec, EGRESS));
  }

  private Optional<Boolean> ciliumSpecs(JsonNode policy, Seen seen, Predicate<JsonNode> counts) {
    List<JsonNode> specs = new ArrayList<>();
    policy.path("specs").forEach(specs::add);
    specs.add(policy.path("spec"));
    Optional<Boolean> allows = Optional.of(false);
    for (JsonNode spec : specs) {
      if (spec.path("endpointSelector").isObject() && counts.test(spec)) {
        Optional<Boolean> selects = ciliumSelects(spec.path("endpointSelector"), seen);
        if (selects.equals(Optional.of(true))) {
          return selects;
        }
        allows = selects.isEmpty() ? selects : allows;
      }
    }
    return allows;
  }

  private static boolean any(JsonNode spec, String direction) {
    for (JsonNode rule : spec.path(direction)) {
      if (!rule.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Keys may name the source of the label: {@code k8s:app}, {@code any:app}. */
  private Optional<Boolean> ciliumSelects(JsonNode json, Seen seen) {
    LabelSelector selector =
        Objects.requireNonNull(
            client.getKubernetesSerialization().convertValue(json, LabelSelector.class));
    Map<String, String> labels = new HashMap<>(seen.labels());
    labels.put("io.kubernetes.pod.namespace", seen.pod().namespace());
    seen.namespace()
        .forEach((key, value) -> labels.put("io.cilium.k8s.namespace.labels." + key, value));
    Map<String, String> wanted = new HashMap<>();
    if (selector.getMatchLabels() != null) {
      selector.getMatchLabels().forEach((key, value) -> wanted.put(plain(key), value));
    }
    selector.setMatchLabels(wanted);
    selector.getMatchExpressions().forEach(one -> one.setKey(plain(one.getKey())));
    Set<String> keys = new HashSet<>(wanted.keySet());
    selector.getMatchExpressions().forEach(one -> keys.add(one.getKey()));
    boolean unknown =
        keys.stream()
            .anyMatch(
                key ->
                    !labels.containsKey(key)
                        && (key.contains(":")
                            || (key.startsWith("io.cilium.k8s.")
                                && !key.startsWith("io.cilium.k8s.namespace.labels."))));
    return unknown ? Optional.empty() : Optional.of(Fabric8Selectors.matches(selector, labels));
  }

  private static String plain(String key) {
    return key.startsWith("k8s:") || key.startsWith("any:") ? key.substring(4) : key;
  }
}
