package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.evidence.store.Deadline;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Excerpt;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Redaction;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Reads what the API server knows of a pod, with one request per part, all at once. */
final class Fabric8Evidence {
  private static final int MOST_CONTAINERS = 20;
  private static final int LINES = 1_000;

  /** The API server cuts a log at its end, so more is read than is kept. */
  private static final int FACTOR = 4;

  private final Supplier<KubernetesClient> clients;

  /**
   * Takes the client.
   *
   * @param clients gives the same one each time
   */
  Fabric8Evidence(Supplier<KubernetesClient> clients) {
    this.clients = clients;
  }

  private KubernetesClient client() {
    return clients.get();
  }

  Map<String, Fact<Excerpt>> of(Pod pod, int logBytes, Duration within) {
    Deadline deadline = Deadline.in(within);
    io.fabric8.kubernetes.api.model.Pod found =
        deadline
            .wait(Deadline.start(() -> Fabric8Answers.asking(() -> findExact(pod))))
            .orElseThrow(() -> new Unavailable("the pod is gone"));
    Map<String, Supplier<Excerpt>> questions = new LinkedHashMap<>();
    // Redacting a text takes time too, and a client that may create pods writes the text.
    questions.put("pod.json", () -> Excerpt.whole(json(found)));
    questions.put("images.json", () -> Excerpt.whole(images(found)));
    questions.putAll(questions(found, logBytes));
    Map<String, CompletableFuture<Excerpt>> asked = new LinkedHashMap<>();
    questions.forEach(
        (name, question) -> asked.put(name, Deadline.start(() -> Fabric8Answers.asking(question))));
    Map<String, Fact<Excerpt>> parts = new LinkedHashMap<>();
    asked.forEach((name, answer) -> parts.put(name, Fact.ask(() -> deadline.wait(answer))));
    tooMany(found).ifPresent(reason -> parts.put("logs", new Fact.Unknown<>(reason)));
    return parts;
  }

  private Optional<io.fabric8.kubernetes.api.model.Pod> findExact(Pod pod) {
    return Optional.ofNullable(
            client().pods().inNamespace(pod.namespace()).withName(pod.name()).get())
        .filter(found -> found.getMetadata().getUid().equals(pod.uid()));
  }

  private static Optional<String> tooMany(io.fabric8.kubernetes.api.model.Pod pod) {
    long containers = statuses(pod).count();
    return containers > MOST_CONTAINERS
        ? Optional.of("of the first " + MOST_CONTAINERS + " of " + containers + " containers only")
        : Optional.empty();
  }

  private Map<String, Supplier<Excerpt>> questions(
      io.fabric8.kubernetes.api.model.Pod pod, int logBytes) {
    String namespace = pod.getMetadata().getNamespace();
    Map<String, Supplier<Excerpt>> questions = new LinkedHashMap<>();
    questions.put("owners.json", () -> Excerpt.whole(owners(pod)));
    questions.put(
        "events.json",
        () ->
            wholeJsonOf(
                client()
                    .v1()
                    .events()
                    .inNamespace(namespace)
                    .withField("involvedObject.uid", pod.getMetadata().getUid())
                    .list()
                    .getItems()));
    if (pod.getSpec().getNodeName() != null) {
      questions.put(
          "node.json",
          () ->
              Optional.ofNullable(client().nodes().withName(pod.getSpec().getNodeName()).get())
                  .map(this::json)
                  .map(Excerpt::whole)
                  .orElseThrow(() -> new Unavailable("the node is gone")));
    }
    questions.put(
        "networkpolicies.json",
        () ->
            wholeJsonOf(
                client()
                    .network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(namespace)
                    .list()
                    .getItems()
                    .stream()
                    .filter(
                        policy ->
                            LabelSelectors.matches(
                                policy.getSpec().getPodSelector(), Fabric8Pods.labels(pod)))
                    .toList()));
    questions.put(
        "services.json",
        () ->
            wholeJsonOf(
                client().services().inNamespace(namespace).list().getItems().stream()
                    .filter(
                        service ->
                            service.getSpec().getSelector() != null
                                && !service.getSpec().getSelector().isEmpty()
                                && Fabric8Pods.labels(pod)
                                    .entrySet()
                                    .containsAll(service.getSpec().getSelector().entrySet()))
                    .toList()));
    statuses(pod)
        .limit(MOST_CONTAINERS)
        .forEach(
            container -> {
              String name = container.getName();
              questions.put("logs/" + name + ".log", () -> log(pod, name, false, logBytes));
              if (container.getRestartCount() != null && container.getRestartCount() > 0) {
                questions.put(
                    "logs/" + name + ".previous.log", () -> log(pod, name, true, logBytes));
              }
            });
    return questions;
  }

  private static Stream<ContainerStatus> statuses(io.fabric8.kubernetes.api.model.Pod pod) {
    return pod.getStatus() == null
        ? Stream.empty()
        : Stream.of(
                pod.getStatus().getContainerStatuses(),
                pod.getStatus().getInitContainerStatuses(),
                pod.getStatus().getEphemeralContainerStatuses())
            .flatMap(List::stream);
  }

  /** The image that each container runs, with the digest that the node pulled. */
  private static String images(io.fabric8.kubernetes.api.model.Pod pod) {
    ObjectNode images = JsonNodeFactory.instance.objectNode();
    statuses(pod)
        .forEach(
            container ->
                images
                    .putObject(container.getName())
                    .put("image", container.getImage())
                    .put("imageID", container.getImageID())
                    .put("containerID", container.getContainerID()));
    return images.toString();
  }

  /**
   * The end of a log. The API server reads it from the kubelet, from what the runtime wrote;
   * nothing runs in the pod. It counts the lines from the end and the bytes from there on, so an
   * answer of that many bytes lacks the end: then fewer lines are read.
   */
  private Excerpt log(
      io.fabric8.kubernetes.api.model.Pod pod, String container, boolean previous, int bytes) {
    int most = bytes * FACTOR;
    for (int lines = LINES; ; lines /= FACTOR) {
      String log = log(pod, container, previous, lines, most);
      byte[] utf8 = log.getBytes(StandardCharsets.UTF_8);
      // A character that was cut in two is longer in the text.
      if (utf8.length < most || lines < FACTOR) {
        return end(utf8, bytes, lines < LINES || log.lines().count() >= LINES);
      }
    }
  }

  private static Excerpt end(byte[] log, int bytes, boolean lacksLines) {
    if (log.length <= bytes) {
      return new Excerpt(new String(log, StandardCharsets.UTF_8), lacksLines);
    }
    int from = log.length - bytes;
    for (int i = from; i < log.length - 1; i++) {
      if (log[i - 1] == '\n') {
        from = i;
        break;
      }
    }
    return new Excerpt(new String(log, from, log.length - from, StandardCharsets.UTF_8), true);
  }

  private String log(
      io.fabric8.kubernetes.api.model.Pod pod,
      String container,
      boolean previous,
      int lines,
      int bytes) {
    String log =
        client()
            .raw(
                "/api/v1/namespaces/"
                    + Fabric8Answers.segment(pod.getMetadata().getNamespace())
                    + "/pods/"
                    + Fabric8Answers.segment(pod.getMetadata().getName())
                    + "/log?timestamps=true&container="
                    + Fabric8Answers.segment(container)
                    + "&previous="
                    + previous
                    + "&tailLines="
                    + lines
                    + "&limitBytes="
                    + bytes);
    if (log == null) {
      throw new Unavailable("no log");
    }
    return log;
  }

  private String owners(io.fabric8.kubernetes.api.model.Pod pod) {
    List<HasMetadata> chain = new ArrayList<>();
    HasMetadata below = pod;
    for (int depth = 0; depth < 3; depth++) {
      Optional<OwnerReference> owner = Controllers.of(below);
      Optional<HasMetadata> object =
          owner.flatMap(one -> find(pod.getMetadata().getNamespace(), one));
      if (object.isEmpty()) {
        break;
      }
      chain.add(object.get());
      below = object.get();
    }
    return jsonOf(chain);
  }

  private Optional<HasMetadata> find(String namespace, OwnerReference owner) {
    HasMetadata found =
        switch (owner.getKind()) {
          case "ReplicaSet" ->
              client().apps().replicaSets().inNamespace(namespace).withName(owner.getName()).get();
          case "Deployment" ->
              client().apps().deployments().inNamespace(namespace).withName(owner.getName()).get();
          case "StatefulSet" ->
              client().apps().statefulSets().inNamespace(namespace).withName(owner.getName()).get();
          case "Job" ->
              client().batch().v1().jobs().inNamespace(namespace).withName(owner.getName()).get();
          default -> null;
        };
    return Optional.ofNullable(found)
        .filter(object -> owner.getUid().equals(object.getMetadata().getUid()));
  }

  private Excerpt wholeJsonOf(List<? extends HasMetadata> objects) {
    return Excerpt.whole(jsonOf(objects));
  }

  private String jsonOf(List<? extends HasMetadata> objects) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    objects.forEach(one -> all.add(tree(one)));
    return all.toString();
  }

  private String json(HasMetadata object) {
    return tree(object).toString();
  }

  private JsonNode tree(HasMetadata object) {
    ObjectNode tree = client().getKubernetesSerialization().convertValue(object, ObjectNode.class);
    Redaction.redact(tree);
    return tree;
  }
}
