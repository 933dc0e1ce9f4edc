package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyList;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real cluster. Every change carries the pod's UID, and the API server rejects it if another pod
 * has that name.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/">DeleteOptions</a>
 */
public final class Fabric8Cluster implements Cluster {
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final int NOT_FOUND = 404;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;

  /** The API server's status for a patch whose UID is not the object's. */
  private static final int UNPROCESSABLE = 422;

  private final KubernetesClient client;
  private final Fabric8Questions questions = new Fabric8Questions();

  /**
   * Labels of recently read pods, so that reading the disruption budgets does not read the pod
   * again.
   */
  private final Fabric8Memory<Map<String, String>> labelsOfPods = new Fabric8Memory<>();

  private final Fabric8Memory<Optional<OwnerReference>> controllersOfSets = new Fabric8Memory<>();
  private final Fabric8Memory<String> uidsOfOwners = new Fabric8Memory<>();
  private final Fabric8Memory<LabelSelector> selectorsOfOwners = new Fabric8Memory<>();

  /** Uses a client that has its timeouts and retries configured. */
  public Fabric8Cluster(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<Pod> pod(String namespace, String name) {
    return asking(() -> find(namespace, name).map(this::pod));
  }

  private Optional<io.fabric8.kubernetes.api.model.Pod> find(String namespace, String name) {
    return Optional.ofNullable(client.pods().inNamespace(namespace).withName(name).get());
  }

  private Pod pod(io.fabric8.kubernetes.api.model.Pod pod) {
    Optional<OwnerReference> controller = controller(pod);
    Map<String, String> labels = pod.getMetadata().getLabels();
    labelsOfPods.remember(pod.getMetadata().getUid(), labels == null ? Map.of() : labels);
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    return new Pod(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        pod.getMetadata().getUid(),
        Optional.ofNullable(pod.getSpec().getNodeName()),
        Instant.parse(pod.getMetadata().getCreationTimestamp()),
        controller.map(reference -> owner(pod.getMetadata().getNamespace(), reference)),
        (annotations != null && annotations.containsKey(MIRROR))
            || controller.filter(reference -> reference.getKind().equals("Node")).isPresent(),
        pod.getMetadata().getDeletionTimestamp() != null,
        Boolean.TRUE.equals(pod.getSpec().getHostNetwork()),
        isReady(pod),
        containerIds(pod.getStatus()));
  }

  private static Optional<OwnerReference> controller(HasMetadata object) {
    return object.getMetadata().getOwnerReferences().stream()
        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
        .findFirst();
  }

  /**
   * The top controller: a ReplicaSet's owner is its Deployment, which never changes. Any other
   * owner is the top itself.
   */
  private Pod.Owner owner(String namespace, OwnerReference reference) {
    OwnerReference top = reference;
    if (isReplicaSet(reference)) {
      top =
          controllersOfSets
              .recall(reference.getUid(), () -> controllerOfSet(namespace, reference))
              .orElse(reference);
    }
    uidsOfOwners.remember(
        namespace + "/" + top.getKind() + "/" + top.getName(), String.valueOf(top.getUid()));
    return new Pod.Owner(top.getKind(), top.getName());
  }

  private Optional<OwnerReference> controllerOfSet(String namespace, OwnerReference reference) {
    Optional<?> set =
        questions.ask(
            "replicaset/" + namespace + "/" + reference.getName(),
            Optional.class,
            () ->
                Optional.ofNullable(
                    client
                        .apps()
                        .replicaSets()
                        .inNamespace(namespace)
                        .withName(reference.getName())
                        .get()));
    return set.map(HasMetadata.class::cast).flatMap(Fabric8Cluster::controller);
  }

  private static boolean isReplicaSet(OwnerReference reference) {
    return reference.getKind().equals("ReplicaSet")
        && reference.getApiVersion().startsWith("apps/");
  }

  private static boolean isReady(io.fabric8.kubernetes.api.model.Pod pod) {
    PodStatus status = pod.getStatus();
    return status != null
        && status.getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  /** Strips the runtime's scheme: {@code containerd://4f1c…} is {@code 4f1c…} in an alert. */
  private static List<String> containerIds(@Nullable PodStatus status) {
    if (status == null) {
      return List.of();
    }
    return Stream.of(
            status.getContainerStatuses(),
            status.getInitContainerStatuses(),
            status.getEphemeralContainerStatuses())
        .flatMap(List::stream)
        .map(ContainerStatus::getContainerID)
        .filter(id -> id != null && !id.isEmpty())
        .map(id -> id.substring(id.indexOf("://") < 0 ? 0 : id.indexOf("://") + 3))
        .toList();
  }

  @Override
  public int readyPeers(Pod pod) {
    return asking(() -> ready(others(pod)));
  }

  @Override
  public Peers look(Pod pod) {
    return asking(
        () -> {
          List<Fabric8Peers.Peer> others = others(pod);
          return new Peers(
              others.stream().map(Fabric8Peers.Peer::uid).collect(Collectors.toSet()),
              ready(others));
        });
  }

  private static int ready(List<Fabric8Peers.Peer> others) {
    return Math.toIntExact(others.stream().filter(peer -> peer.ready() && !peer.ending()).count());
  }

  @Override
  public Set<String> peers(Pod pod) {
    return asking(
        () -> others(pod).stream().map(Fabric8Peers.Peer::uid).collect(Collectors.toSet()));
  }

  @Override
  public Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return asking(
        () ->
            others(pod).stream()
                .filter(peer -> peer.ready() && !before.contains(peer.uid()))
                .findFirst()
                .flatMap(
                    peer ->
                        pod(pod.namespace(), peer.name())
                            .filter(found -> found.uid().equals(peer.uid()))));
  }

  /**
   * The other pods of the same controller: found by its selector, which may match the pods of other
   * controllers too, and kept if their owner is the same.
   */
  private List<Fabric8Peers.Peer> others(Pod pod) {
    Pod.Owner owner =
        pod.owner().orElseThrow(() -> new Unavailable(pod.inWords() + " has no controller"));
    List<?> listed =
        questions.ask("pods of " + pod.workload(), List.class, () -> list(pod.namespace(), owner));
    return listed.stream()
        .map(Fabric8Peers.Peer.class::cast)
        .filter(peer -> !peer.uid().equals(pod.uid()))
        .filter(
            peer ->
                peer.controller()
                    .map(controller -> owner(pod.namespace(), controller))
                    .equals(pod.owner()))
        .toList();
  }

  private List<Fabric8Peers.Peer> list(String namespace, Pod.Owner owner) {
    return Fabric8Peers.read(
        client.raw(
            "/api/v1/namespaces/"
                + segment(namespace)
                + "/pods?labelSelector="
                + segment(Fabric8Peers.query(selector(namespace, owner)))));
  }

  /**
   * A controller's selector is immutable, so it can be cached; a new controller of the same name
   * has another UID.
   */
  private LabelSelector selector(String namespace, Pod.Owner owner) {
    Optional<String> uid = uidsOfOwners.recall(namespace + "/" + owner.kind() + "/" + owner.name());
    return uid.isPresent()
        ? selectorsOfOwners.recall(uid.get(), () -> selectorNow(namespace, owner))
        : selectorNow(namespace, owner);
  }

  private LabelSelector selectorNow(String namespace, Pod.Owner owner) {
    LabelSelector selector =
        switch (owner.kind()) {
          case "Deployment" ->
              selector(
                  client.apps().deployments().inNamespace(namespace).withName(owner.name()).get(),
                  deployment -> deployment.getSpec().getSelector());
          case "StatefulSet" ->
              selector(
                  client.apps().statefulSets().inNamespace(namespace).withName(owner.name()).get(),
                  set -> set.getSpec().getSelector());
          case "ReplicaSet" ->
              selector(
                  client.apps().replicaSets().inNamespace(namespace).withName(owner.name()).get(),
                  set -> set.getSpec().getSelector());
          default -> throw new Unavailable("cannot count the pods of a " + owner.kind());
        };
    if (selector == null || Fabric8Selectors.isEmpty(selector)) {
      throw new Unavailable(owner + " no longer exists or has no selector");
    }
    return selector;
  }

  private static <T> @Nullable LabelSelector selector(
      @Nullable T controller, java.util.function.Function<T, LabelSelector> of) {
    return controller == null ? null : of.apply(controller);
  }

  @Override
  public List<DisruptionBudget> disruptionBudgets(Pod pod) {
    return asking(
        () -> {
          Map<String, String> labels = labelsOfPods.recall(pod.uid(), () -> labels(pod));
          return questions
              .ask(
                  "budgets/" + pod.namespace(),
                  PodDisruptionBudgetList.class,
                  () ->
                      client
                          .policy()
                          .v1()
                          .podDisruptionBudget()
                          .inNamespace(pod.namespace())
                          .list())
              .getItems()
              .stream()
              .filter(budget -> Fabric8Selectors.matches(budget.getSpec().getSelector(), labels))
              .map(
                  budget ->
                      new DisruptionBudget(
                          budget.getMetadata().getName(),
                          budget.getStatus() == null
                                  || budget.getStatus().getDisruptionsAllowed() == null
                              ? 0
                              : budget.getStatus().getDisruptionsAllowed()))
              .toList();
        });
  }

  private Map<String, String> labels(Pod pod) {
    return find(pod.namespace(), pod.name())
        .filter(now -> now.getMetadata().getUid().equals(pod.uid()))
        .map(now -> now.getMetadata().getLabels())
        .orElse(Map.of());
  }

  /** Sends a raw request, so that the UID precondition is certainly in its body. */
  @Override
  public Change delete(Pod pod, Duration grace) {
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withGracePeriodSeconds(grace.toSeconds())
            .withNewPreconditions()
            .withUid(pod.uid())
            .endPreconditions()
            .build();
    String path = "/api/v1/namespaces/" + segment(pod.namespace()) + "/pods/" + segment(pod.name());
    return changing(pod, () -> client.raw(path, "DELETE", options));
  }

  private static String segment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  @Override
  public Change isolate(Pod pod) {
    Change policy = changing(pod, () -> createPolicy(pod));
    return policy == Change.MADE ? label(pod, "\"" + pod.uid() + "\"") : policy;
  }

  private void createPolicy(Pod pod) {
    try {
      client.network().v1().networkPolicies().resource(denyAll(pod)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
      NetworkPolicy existing = policies(pod).stream().filter(named(pod)).findFirst().orElse(null);
      if (existing != null && !deniesAllOf(existing, pod)) {
        throw new Denied(
            "the NetworkPolicy "
                + policyName(pod)
                + " exists and does not isolate this pod; delete it");
      }
    }
  }

  private static NetworkPolicy denyAll(Pod pod) {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName(policyName(pod))
        .withNamespace(pod.namespace())
        .addToLabels("app.kubernetes.io/managed-by", "cattleguard")
        // Kubernetes deletes the policy together with its pod.
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(pod.name())
        .withUid(pod.uid())
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withNewPodSelector()
        .addToMatchLabels(Grants.QUARANTINE, pod.uid())
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .endSpec()
        .build();
  }

  /** Whether a policy is the one that {@link #denyAll} describes, field by field. */
  private static boolean deniesAllOf(NetworkPolicy policy, Pod pod) {
    NetworkPolicySpec spec = policy.getSpec();
    List<OwnerReference> owners = policy.getMetadata().getOwnerReferences();
    return named(pod).test(policy)
        && owners.size() == 1
        && pod.uid().equals(owners.getFirst().getUid())
        && Map.of(Grants.QUARANTINE, pod.uid()).equals(spec.getPodSelector().getMatchLabels())
        && spec.getPodSelector().getMatchExpressions().isEmpty()
        && Set.of("Ingress", "Egress").equals(Set.copyOf(spec.getPolicyTypes()))
        && !allows(policy);
  }

  private static Predicate<NetworkPolicy> named(Pod pod) {
    return policy -> policy.getMetadata().getName().equals(policyName(pod));
  }

  /** A merge patch that names the UID is refused where the pod has another. */
  private Change label(Pod pod, String value) {
    String patch =
        "{\"metadata\":{\"uid\":\""
            + pod.uid()
            + "\",\"labels\":{\""
            + Grants.QUARANTINE
            + "\":"
            + value
            + "}}}";
    return changing(
        pod,
        () ->
            client
                .pods()
                .inNamespace(pod.namespace())
                .withName(pod.name())
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
  }

  @Override
  public Change release(Pod pod) {
    Change unlabelled = label(pod, "null");
    changing(
        pod,
        () ->
            client
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(pod.namespace())
                .withName(policyName(pod))
                .delete());
    return unlabelled;
  }

  @Override
  public Isolation isolation(Pod pod) {
    return asking(
        () -> {
          Map<String, String> labels = labels(pod);
          List<NetworkPolicy> policies =
              questions
                  .ask(
                      "policies/" + pod.namespace(),
                      NetworkPolicyList.class,
                      () ->
                          client
                              .network()
                              .v1()
                              .networkPolicies()
                              .inNamespace(pod.namespace())
                              .list())
                  .getItems();
          boolean denied =
              pod.uid().equals(labels.get(Grants.QUARANTINE))
                  && policies.stream().anyMatch(one -> deniesAllOf(one, pod));
          List<String> caveats = new ArrayList<>();
          for (NetworkPolicy policy : policies) {
            if (!deniesAllOf(policy, pod)
                && Fabric8Selectors.matches(policy.getSpec().getPodSelector(), labels)
                && allows(policy)) {
              caveats.add(
                  "NetworkPolicy "
                      + policy.getMetadata().getName()
                      + " also selects the pod; traffic that it allows stays allowed");
            }
          }
          return new Isolation(denied, caveats);
        });
  }

  /** NetworkPolicies are additive: traffic that one policy allows is allowed. */
  private static boolean allows(NetworkPolicy policy) {
    return !policy.getSpec().getIngress().isEmpty() || !policy.getSpec().getEgress().isEmpty();
  }

  /** Reads the policies without the shared answers, which may be older than our change. */
  private List<NetworkPolicy> policies(Pod pod) {
    return client.network().v1().networkPolicies().inNamespace(pod.namespace()).list().getItems();
  }

  private static String policyName(Pod pod) {
    return Grants.POLICY_PREFIX + pod.uid();
  }

  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (KubernetesClientException e) {
      throw unavailable(e);
    }
  }

  private Change changing(Pod pod, Runnable change) {
    try {
      change.run();
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case NOT_FOUND -> Change.GONE;
        case FORBIDDEN -> throw denied(e);
        case CONFLICT, UNPROCESSABLE -> refused(pod, e);
        default -> throw unavailable(e);
      };
    }
  }

  /**
   * Finds out why a change was refused. A UID that does not match and an admission policy share
   * their status codes, and a reason is optional, so only the pod itself can tell.
   *
   * @throws Denied if it is still that very pod
   */
  private Change refused(Pod pod, KubernetesClientException e) {
    Optional<String> uid =
        asking(() -> find(pod.namespace(), pod.name()).map(now -> now.getMetadata().getUid()));
    if (uid.isEmpty()) {
      return Change.GONE;
    }
    if (!uid.get().equals(pod.uid())) {
      return Change.REPLACED;
    }
    throw denied(e);
  }

  private static Denied denied(KubernetesClientException e) {
    return new Denied(said(e) + " (HTTP " + e.getCode() + ")", e);
  }

  private static String said(KubernetesClientException e) {
    return e.getStatus() == null || e.getStatus().getMessage() == null
        ? String.valueOf(e.getMessage())
        : e.getStatus().getMessage();
  }

  static Unavailable unavailable(KubernetesClientException e) {
    return new Unavailable(
        "Kubernetes API: "
            + (e.getCode() <= 0 ? "no response" : "HTTP " + e.getCode())
            + ": "
            + said(e),
        e);
  }
}
