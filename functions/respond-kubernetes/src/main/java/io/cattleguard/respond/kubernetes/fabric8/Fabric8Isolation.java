package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Detachment;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Isolation;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Isolates one pod, checks it and undoes it. */
final class Fabric8Isolation {
  /**
   * Labels that the StatefulSet controller reads: if they are missing, it adds them again, or
   * treats the pod as one of another revision and deletes it.
   */
  private static final Set<String> OF_STATEFUL_SETS =
      Set.of(
          "controller-revision-hash",
          "statefulset.kubernetes.io/pod-name",
          "apps.kubernetes.io/pod-index");

  private static final String NETWORKS = "k8s.v1.cni.cncf.io/networks";

  private final KubernetesClient client;
  private final Fabric8Neighbours neighbours;
  private final Fabric8Pods pods;
  private final Fabric8Changes changes;
  private final Fabric8OtherPolicies otherPolicies;
  private final Fabric8Enforcement enforcement;

  Fabric8Isolation(
      KubernetesClient client,
      Fabric8Neighbours neighbours,
      Fabric8Pods pods,
      Fabric8Changes changes,
      Fabric8OtherPolicies otherPolicies,
      Fabric8Enforcement enforcement) {
    this.client = client;
    this.neighbours = neighbours;
    this.pods = pods;
    this.changes = changes;
    this.otherPolicies = otherPolicies;
    this.enforcement = enforcement;
  }

  /**
   * A ReplicaSet releases a pod that its selector no longer matches, and starts another one. A
   * StatefulSet would release it too, but cannot start another pod of the same name, so its pods
   * keep the labels of its selector. The selectors of other controllers are not read, so their pods
   * keep all labels.
   */
  Detachment detachment(Pod pod) {
    Fabric8Pods.Read read = pods.lastRead(pod);
    Map<String, String> labels = new TreeMap<>(read.labels());
    Map<String, String> noted =
        pod.uid().equals(labels.remove(Grants.QUARANTINE)) ? labelsBefore(read) : new TreeMap<>();
    noted.keySet().removeAll(labels.keySet());
    Optional<OwnerReference> controller = read.controller();
    if (controller.isEmpty()) {
      return new Detachment(labels, noted, false);
    }
    if (Controllers.isReplicaSet(controller.get())) {
      return new Detachment(labels, noted, true);
    }
    if (!Controllers.kind(controller.get()).equals("StatefulSet")) {
      return Detachment.NONE;
    }
    Set<String> kept = new HashSet<>(OF_STATEFUL_SETS);
    try {
      kept.addAll(
          keys(pods.selector(pod.namespace(), pods.owner(pod.namespace(), controller.get()))));
    } catch (Unavailable e) {
      // Anyone who may patch pods can name a StatefulSet that does not exist.
      return new Detachment(labels, noted, false);
    }
    labels.keySet().removeAll(kept);
    noted.keySet().removeAll(kept);
    return new Detachment(labels, noted, false);
  }

  private static Set<String> keys(LabelSelector selector) {
    Set<String> keys =
        selector.getMatchExpressions().stream()
            .map(requirement -> requirement.getKey())
            .collect(Collectors.toSet());
    if (selector.getMatchLabels() != null) {
      keys.addAll(selector.getMatchLabels().keySet());
    }
    return keys;
  }

  /**
   * The labels that an earlier isolation removed, as it wrote them on the pod. The pod's node can
   * change them.
   */
  private static Map<String, String> labelsBefore(Fabric8Pods.Read pod) {
    Map<String, String> labels = new TreeMap<>();
    for (String one : pod.annotations().getOrDefault(Grants.LABELS_BEFORE, "").split(",", -1)) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        labels.put(one.substring(0, equals), one.substring(equals + 1));
      }
    }
    return labels;
  }

  Change isolate(Pod pod, Map<String, String> without) {
    Change policy = changes.make(pod, () -> createPolicy(pod));
    if (policy != Change.MADE) {
      return policy;
    }
    ObjectNode patch = patch(pod);
    ObjectNode labels = patch.withObject("/metadata/labels");
    without.keySet().forEach(labels::putNull);
    labels.put(Grants.QUARANTINE, pod.uid());
    if (!without.isEmpty()) {
      patch.withObject("/metadata/annotations").put(Grants.LABELS_BEFORE, inOneLine(without));
    }
    return wasIsolated(pod)
        ? sending(
            pod,
            () ->
                changes.asRead(
                    pod,
                    version -> {
                      ObjectNode metadata = patch.withObject("/metadata");
                      metadata.remove("resourceVersion");
                      version.ifPresent(one -> metadata.put("resourceVersion", one));
                      send(pod, patch);
                    },
                    Optional.empty()))
        : sending(pod, () -> changes.make(pod, () -> send(pod, patch)));
  }

  /** Whether it was isolated when the guards read it. */
  private boolean wasIsolated(Pod pod) {
    return pods.asRead(pod)
        .filter(read -> pod.uid().equals(read.labels().get(Grants.QUARANTINE)))
        .isPresent();
  }

  private static String inOneLine(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(","));
  }

  private void createPolicy(Pod pod) {
    try {
      client.network().v1().networkPolicies().resource(Fabric8Policies.denyAll(pod)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != Fabric8Answers.CONFLICT) {
        throw e;
      }
      // Reads without the shared answers, which may be older than this change.
      List<NetworkPolicy> existing =
          client.network().v1().networkPolicies().inNamespace(pod.namespace()).list().getItems();
      if (existing.stream().anyMatch(policy -> isNotOurs(policy, pod))) {
        throw new Denied(
            "the NetworkPolicy "
                + Fabric8Policies.name(pod.uid())
                + " exists and does not isolate this pod; delete it");
      }
    }
  }

  private static boolean isNotOurs(NetworkPolicy policy, Pod pod) {
    return policy.getMetadata().getName().equals(Fabric8Policies.name(pod.uid()))
        && !Fabric8Policies.deniesAllOf(policy, pod.uid());
  }

  Change release(Pod pod, Map<String, String> with) {
    ObjectNode patch = patch(pod);
    ObjectNode labels = patch.withObject("/metadata/labels");
    with.forEach(labels::put);
    labels.putNull(Grants.QUARANTINE);
    if (!with.isEmpty()) {
      patch.withObject("/metadata/annotations").putNull(Grants.LABELS_BEFORE);
    }
    Change unlabelled = sending(pod, () -> changes.make(pod, () -> send(pod, patch)));
    changes.make(
        pod,
        () ->
            client
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(pod.namespace())
                .withName(Fabric8Policies.name(pod.uid()))
                .delete());
    return unlabelled;
  }

  /** A merge patch that names the UID is refused where the pod has another. */
  private static ObjectNode patch(Pod pod) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.withObject("/metadata").put("uid", pod.uid());
    return patch;
  }

  /** The cached reads of the pod are dropped, whether the change succeeds or not. */
  private Change sending(Pod pod, Supplier<Change> change) {
    try {
      return change.get();
    } finally {
      pods.forget(pod);
    }
  }

  /** Names the pod by an object, because the library would read it first to patch it by name. */
  private void send(Pod pod, ObjectNode patch) {
    var object =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace(pod.namespace())
            .withName(pod.name())
            .endMetadata()
            .build();
    client
        .pods()
        .inNamespace(pod.namespace())
        .resource(object)
        .patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
  }

  Isolation isolation(Pod pod) {
    Optional<io.fabric8.kubernetes.api.model.Pod> found = pods.findExact(pod);
    Map<String, String> labels = found.map(Fabric8Pods::labels).orElse(Map.of());
    List<NetworkPolicy> policies = neighbours.policies(pod.namespace());
    boolean denied =
        pod.uid().equals(labels.get(Grants.QUARANTINE))
            && policies.stream().anyMatch(one -> Fabric8Policies.deniesAllOf(one, pod.uid()));
    List<String> caveats = new ArrayList<>();
    for (NetworkPolicy policy : policies) {
      if (!Fabric8Policies.deniesAllOf(policy, pod.uid())
          && LabelSelectors.matches(policy.getSpec().getPodSelector(), labels)
          && Fabric8Policies.allows(policy)) {
        caveats.add(
            "NetworkPolicy "
                + policy.getMetadata().getName()
                + " also selects the pod; traffic that it allows stays allowed");
      }
    }
    Fabric8OtherPolicies.Found others =
        otherPolicies.of(
            pod,
            labels,
            found
                .map(io.fabric8.kubernetes.api.model.Pod::getSpec)
                .map(PodSpec::getServiceAccountName));
    caveats.addAll(others.caveats());
    List<String> doubts = new ArrayList<>(others.doubts());
    found.ifPresent(
        one -> caveats.addAll(ofOtherPods(pod, Fabric8Pods.Read.of(one), policies, doubts)));
    found.flatMap(Fabric8Isolation::otherInterfaces).ifPresent(doubts::add);
    return new Isolation(
        denied, found.flatMap(Controllers::of).isPresent(), caveats, doubts, services(pod, labels));
  }

  /**
   * The policies that do not select the pod, but with the VPC CNI apply to it too: those that
   * select other pods of its workload, or would select it with the labels that it had.
   */
  private List<String> ofOtherPods(
      Pod pod, Fabric8Pods.Read read, List<NetworkPolicy> policies, List<String> doubts) {
    List<NetworkPolicy> others =
        policies.stream()
            .filter(Fabric8Policies::allows)
            .filter(one -> !LabelSelectors.matches(one.getSpec().getPodSelector(), read.labels()))
            .toList();
    try {
      if (others.isEmpty() || !enforcement.isByVpcCni(pod.node())) {
        return List.of();
      }
      Map<String, String> before = new TreeMap<>(read.labels());
      before.remove(Grants.QUARANTINE);
      labelsBefore(read).forEach(before::putIfAbsent);
      List<Map<String, String>> labels = new ArrayList<>(List.of(before));
      try {
        labels.addAll(labelsOfOthers(pod));
      } catch (KubernetesClientException | Unavailable e) {
        doubts.add("cannot read the pods whose names begin alike: " + e.getMessage());
      }
      return others.stream()
          .filter(
              one ->
                  labels.stream()
                      .anyMatch(
                          each -> LabelSelectors.matches(one.getSpec().getPodSelector(), each)))
          .map(
              one ->
                  "NetworkPolicy "
                      + one.getMetadata().getName()
                      + " selects pods whose names begin alike, and the VPC CNI applies what it"
                      + " allows to this pod too")
          .toList();
    } catch (KubernetesClientException e) {
      doubts.add("cannot read the network plugin: " + Fabric8Answers.unavailable(e).getMessage());
      return List.of();
    }
  }

  /**
   * The labels of the other pods for which the VPC CNI has the same rules, on each node: its agents
   * collect the policies of all of them.
   */
  private List<Map<String, String>> labelsOfOthers(Pod pod) {
    return client.pods().inNamespace(pod.namespace()).list().getItems().stream()
        .filter(one -> !one.getMetadata().getUid().equals(pod.uid()))
        .filter(one -> Pod.beginning(one.getMetadata().getName()).equals(pod.beginning()))
        .map(Fabric8Pods::labels)
        .toList();
  }

  /**
   * The annotation of the pod's networks besides its first one, to which a NetworkPolicy applies.
   *
   * @see <a href="https://github.com/k8snetworkplumbingwg/multi-net-spec">Multi-Net-Spec</a>
   */
  private static Optional<String> otherInterfaces(io.fabric8.kubernetes.api.model.Pod pod) {
    return Fabric8Pods.annotations(pod).getOrDefault(NETWORKS, "").isBlank()
        ? Optional.empty()
        : Optional.of(
            "a NetworkPolicy does not apply to its other network interfaces (annotation "
                + NETWORKS
                + ")");
  }

  /** A Service without a selector selects nothing. */
  private List<String> services(Pod pod, Map<String, String> labels) {
    return client.services().inNamespace(pod.namespace()).list().getItems().stream()
        .filter(
            service ->
                service.getSpec().getSelector() != null
                    && !service.getSpec().getSelector().isEmpty()
                    && labels.entrySet().containsAll(service.getSpec().getSelector().entrySet()))
        .map(service -> service.getMetadata().getName())
        .sorted()
        .toList();
  }
}
