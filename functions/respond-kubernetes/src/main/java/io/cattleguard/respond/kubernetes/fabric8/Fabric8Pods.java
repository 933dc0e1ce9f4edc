package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.cattleguard.respond.kubernetes.reading.Begun;
import io.cattleguard.respond.kubernetes.reading.Memory;
import io.cattleguard.respond.kubernetes.reading.Questions;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads pods, their controllers and the other pods of a controller. */
final class Fabric8Pods {
  /** The controllers whose pods can be listed by a selector. */
  static final Set<String> COUNTED = Set.of("Deployment", "ReplicaSet", "StatefulSet");

  private static final String MIRROR = "kubernetes.io/config.mirror";

  /** A deletion whose grace lasts longer can still be shortened. */
  private static final Duration LONG_GRACE = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Questions questions;
  private final InstantSource clock;

  /**
   * Recently read pods by UID, and by UID and version, so that one decision does not read its pod
   * twice.
   */
  private final Memory<Read> read = new Memory<>();

  /** By namespace and what the names of a controller's pods begin with. */
  private final Memory<Expected> expected = new Memory<>();

  private final Memory<Optional<OwnerReference>> controllersOfSets = new Memory<>();
  private final Memory<String> uidsOfOwners = new Memory<>();
  private final Memory<LabelSelector> selectorsOfOwners = new Memory<>();

  /** The state of a pod in an API object. */
  record Read(
      Map<String, String> labels,
      Map<String, String> annotations,
      Optional<OwnerReference> controller) {
    static final Read NOTHING = new Read(Map.of(), Map.of(), Optional.empty());

    static Read of(io.fabric8.kubernetes.api.model.Pod pod) {
      return new Read(Fabric8Pods.labels(pod), Fabric8Pods.annotations(pod), Controllers.of(pod));
    }

    /**
     * Whether guards may decide on it as on the earlier one: it has the same controller, and was
     * not released from an isolation. Its labels may be changed by the pod itself.
     */
    boolean isAlike(Read later, String uid) {
      return controller.equals(later.controller)
          && (!uid.equals(labels.get(Grants.QUARANTINE))
              || uid.equals(later.labels.get(Grants.QUARANTINE)));
    }
  }

  /** The controller that a pod of that name probably has. */
  record Expected(Pod.Owner owner, String uid) {}

  Fabric8Pods(KubernetesClient client, Questions questions, InstantSource clock) {
    this.client = client;
    this.questions = questions;
    this.clock = clock;
  }

  /** The current pod with that name. */
  Optional<Pod> pod(String namespace, String name) {
    return find(namespace, name).map(this::pod);
  }

  /**
   * The current pod with that name. While its ReplicaSet is read, the Deployment that its labels
   * suggest is read for its selector.
   */
  Optional<Pod> podAndSelector(String namespace, String name) {
    return find(namespace, name)
        .map(
            found -> {
              Optional<Begun<Optional<Deployment>>> suggested =
                  suggestedDeployment(found)
                      .map(one -> Begun.begin(() -> deployment(namespace, one)));
              Pod pod = pod(found);
              suggested.flatMap(Begun::answer).ifPresent(this::rememberSelector);
              return pod;
            });
  }

  /** Empty if there is none, or if it is known already. */
  private Optional<String> suggestedDeployment(io.fabric8.kubernetes.api.model.Pod pod) {
    String hash = labels(pod).getOrDefault("pod-template-hash", "");
    return Controllers.of(pod)
        .filter(Controllers::isReplicaSet)
        .filter(set -> controllersOfSets.recall(key(pod, set)).isEmpty())
        .map(OwnerReference::getName)
        .filter(set -> !hash.isEmpty() && set.endsWith("-" + hash))
        .map(set -> set.substring(0, set.length() - hash.length() - 1))
        .filter(name -> !name.isEmpty());
  }

  /** Without one, the selector is read when it is needed. */
  private Optional<Deployment> deployment(String namespace, String name) {
    try {
      return Optional.ofNullable(
          client.apps().deployments().inNamespace(namespace).withName(name).get());
    } catch (KubernetesClientException e) {
      return Optional.empty();
    }
  }

  /** The cache key is its UID, so another Deployment than the pod's does no harm. */
  private void rememberSelector(Deployment deployment) {
    LabelSelector selector = deployment.getSpec().getSelector();
    if (selector != null && !LabelSelectors.isEmpty(selector)) {
      selectorsOfOwners.remember(deployment.getMetadata().getUid(), selector);
    }
  }

  /** The controller that a pod of that name has, if it is one whose pods can be listed now. */
  Optional<Expected> expected(String namespace, String name) {
    return expected
        .recall(namespace + "/" + beginning(name))
        .filter(one -> selectorsOfOwners.recall(one.uid()).isPresent())
        .filter(one -> uidOfOwner(namespace, one.owner()).equals(Optional.of(one.uid())));
  }

  /** A controller ends the names of its pods with a hyphen and a unique suffix. */
  private static String beginning(String name) {
    return name.substring(0, name.lastIndexOf('-') + 1);
  }

  /** The API object. */
  Optional<io.fabric8.kubernetes.api.model.Pod> find(String namespace, String name) {
    return Optional.ofNullable(client.pods().inNamespace(namespace).withName(name).get());
  }

  private Pod pod(io.fabric8.kubernetes.api.model.Pod pod) {
    Optional<OwnerReference> controller = Controllers.of(pod);
    String version = version(pod);
    read.remember(pod.getMetadata().getUid(), Read.of(pod));
    read.remember(key(pod.getMetadata().getUid(), version), Read.of(pod));
    Optional<Pod.Owner> before = controller.isPresent() ? Optional.empty() : ownerBefore(pod);
    String namespace = pod.getMetadata().getNamespace();
    Optional<Pod.Owner> owner = controller.map(reference -> owner(namespace, reference));
    owner.ifPresent(
        one ->
            uidOfOwner(namespace, one)
                .ifPresent(
                    uid ->
                        expected.remember(
                            namespace + "/" + beginning(pod.getMetadata().getName()),
                            new Expected(one, uid))));
    return new Pod(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        pod.getMetadata().getUid(),
        Optional.ofNullable(pod.getSpec().getNodeName()),
        Instant.parse(pod.getMetadata().getCreationTimestamp()),
        owner.or(() -> before),
        // Only the kubelet can set it, and not later. Anyone who may patch pods can name a Node as
        // owner.
        annotations(pod).containsKey(MIRROR),
        isDeleted(pod) && !endsLate(pod),
        Boolean.TRUE.equals(pod.getSpec().getHostNetwork()),
        isReady(pod),
        containerIds(pod.getStatus()),
        before.isPresent(),
        version,
        isDeleted(pod) && endsLate(pod));
  }

  private static boolean isDeleted(io.fabric8.kubernetes.api.model.Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /**
   * The API server writes when the grace of a deletion ends. An intruder can delete its own pod
   * with a grace of a day, and ignore the signal to end.
   */
  private boolean endsLate(io.fabric8.kubernetes.api.model.Pod pod) {
    return Instant.parse(pod.getMetadata().getDeletionTimestamp())
        .isAfter(clock.instant().plus(LONG_GRACE));
  }

  static String version(HasMetadata object) {
    return Objects.requireNonNullElse(object.getMetadata().getResourceVersion(), "");
  }

  private static String key(String uid, String version) {
    return uid + "/" + version;
  }

  /**
   * The controller that an isolation took the pod out of, as the pod's NetworkPolicy records it. No
   * label or annotation of the pod itself is trusted with that.
   */
  private Optional<Pod.Owner> ownerBefore(io.fabric8.kubernetes.api.model.Pod pod) {
    String uid = pod.getMetadata().getUid();
    return uid.equals(labels(pod).get(Grants.QUARANTINE))
        ? client
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(pod.getMetadata().getNamespace())
            .list()
            .getItems()
            .stream()
            .filter(policy -> Fabric8Policies.deniesAllOf(policy, uid))
            .findFirst()
            .flatMap(Fabric8Policies::ownerBefore)
        : Optional.empty();
  }

  /**
   * The top controller: a ReplicaSet's owner is its Deployment, which never changes. Any other
   * owner is the top itself.
   */
  Pod.Owner owner(String namespace, OwnerReference reference) {
    OwnerReference top = top(namespace, reference);
    uidsOfOwners.remember(
        namespace + "/" + Controllers.kind(top) + "/" + top.getName(),
        String.valueOf(top.getUid()));
    return new Pod.Owner(Controllers.kind(top), top.getName());
  }

  /** The reference to the top controller. */
  OwnerReference top(String namespace, OwnerReference reference) {
    if (!Controllers.isReplicaSet(reference)) {
      return reference;
    }
    return controllersOfSets
        .recall(key(namespace, reference), () -> controllerOfSet(namespace, reference))
        .orElse(reference);
  }

  private static String key(HasMetadata pod, OwnerReference set) {
    return key(pod.getMetadata().getNamespace(), set);
  }

  /** A reference of the same UID may name another set. */
  private static String key(String namespace, OwnerReference set) {
    return namespace + "/" + set.getName() + "/" + set.getUid();
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
    return set.map(HasMetadata.class::cast)
        .filter(found -> reference.getUid().equals(found.getMetadata().getUid()))
        .flatMap(Controllers::of);
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

  /**
   * The other pods of the same controller: found by its selector, which may match the pods of other
   * controllers too, and kept if their owner is the same.
   */
  List<Fabric8Peers.Peer> others(Pod pod) {
    Pod.Owner owner =
        pod.owner().orElseThrow(() -> new Unavailable(pod.inWords() + " has no controller"));
    return others(pod, listed(pod.namespace(), owner));
  }

  /** The pods that the selector of a controller matches. */
  List<Fabric8Peers.Peer> listed(String namespace, Pod.Owner owner) {
    List<?> listed =
        questions.ask(
            "pods of " + namespace + "/" + owner, List.class, () -> list(namespace, owner));
    return listed.stream().map(Fabric8Peers.Peer.class::cast).toList();
  }

  /** Those of the listed pods that are others of the same controller. */
  List<Fabric8Peers.Peer> others(Pod pod, List<Fabric8Peers.Peer> listed) {
    return listed.stream()
        .filter(peer -> !peer.uid().equals(pod.uid()))
        .filter(
            peer ->
                peer.controller()
                    .map(controller -> owner(pod.namespace(), controller))
                    .equals(pod.owner()))
        .toList();
  }

  /** The pods of a namespace that have not ended. */
  List<Fabric8Peers.Peer> running(String namespace) {
    List<?> all =
        questions.ask(
            "pods of " + namespace,
            List.class,
            () ->
                Fabric8Peers.read(
                    client.raw(
                        path(namespace)
                            + "?fieldSelector="
                            + Fabric8Answers.segment(
                                "status.phase!=Succeeded,status.phase!=Failed"))));
    return all.stream().map(Fabric8Peers.Peer.class::cast).toList();
  }

  /** The number of other ready pods that a budget selects and that are isolated. */
  int readyButIsolated(PodDisruptionBudget budget, Pod pod) {
    String namespace = budget.getMetadata().getNamespace();
    String selector = Fabric8Peers.query(budget.getSpec().getSelector());
    List<?> isolated =
        questions.ask(
            "isolated pods of " + namespace + "/" + budget.getMetadata().getName(),
            List.class,
            () ->
                list(
                    namespace,
                    selector.isEmpty() ? Grants.QUARANTINE : selector + "," + Grants.QUARANTINE));
    return Math.toIntExact(
        isolated.stream()
            .map(Fabric8Peers.Peer.class::cast)
            .filter(peer -> peer.ready() && !peer.ending() && !peer.uid().equals(pod.uid()))
            .count());
  }

  private List<Fabric8Peers.Peer> list(String namespace, Pod.Owner owner) {
    return list(namespace, Fabric8Peers.query(selector(namespace, owner)));
  }

  private List<Fabric8Peers.Peer> list(String namespace, String labelSelector) {
    return Fabric8Peers.read(
        client.raw(path(namespace) + "?labelSelector=" + Fabric8Answers.segment(labelSelector)));
  }

  private static String path(String namespace) {
    return "/api/v1/namespaces/" + Fabric8Answers.segment(namespace) + "/pods";
  }

  /**
   * A controller's selector is immutable, so it can be cached; a new controller of the same name
   * has another UID.
   */
  LabelSelector selector(String namespace, Pod.Owner owner) {
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
    if (selector == null || LabelSelectors.isEmpty(selector)) {
      throw new Unavailable(owner + " no longer exists or has no selector");
    }
    return selector;
  }

  private static <T> @Nullable LabelSelector selector(
      @Nullable T controller, Function<T, LabelSelector> of) {
    return controller == null ? null : of.apply(controller);
  }

  /** The UID of an owner, as the pod of it that was read last named it. */
  Optional<String> uidOfOwner(String namespace, Pod.Owner owner) {
    return uidsOfOwners.recall(namespace + "/" + owner.kind() + "/" + owner.name());
  }

  /** The pod as it was last read, unless this client changed it since. */
  Read lastRead(Pod pod) {
    return asRead(pod)
        .or(() -> read.recall(pod.uid()))
        .or(() -> findExact(pod).map(Read::of))
        .orElse(Read.NOTHING);
  }

  /** The pod that was read with that version. */
  Optional<Read> asRead(Pod pod) {
    return read.recall(key(pod.uid(), pod.version()));
  }

  /** A change was sent, so the cached read is stale. */
  void forget(Pod pod) {
    read.forget(pod.uid());
    read.forget(key(pod.uid(), pod.version()));
  }

  /** The API object of the pod with that UID. */
  Optional<io.fabric8.kubernetes.api.model.Pod> findExact(Pod pod) {
    return find(pod.namespace(), pod.name())
        .filter(now -> now.getMetadata().getUid().equals(pod.uid()));
  }

  static Map<String, String> labels(HasMetadata object) {
    return Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.of());
  }

  static Map<String, String> annotations(HasMetadata object) {
    return Objects.requireNonNullElse(object.getMetadata().getAnnotations(), Map.of());
  }
}
