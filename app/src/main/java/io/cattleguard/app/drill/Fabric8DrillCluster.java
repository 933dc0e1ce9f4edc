package io.cattleguard.app.drill;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A drill's cluster through the Kubernetes API. */
final class Fabric8DrillCluster implements DrillCluster {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** How long a drill may take at most. */
  static final Duration LONGEST = Duration.ofMinutes(10);

  /** For the clean-up. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final String name;
  private final KubernetesClient client;
  private final String namespace;
  private final String run;
  private final Holder process;
  private final Duration lasts;
  private final DrillManifests manifests;
  private final DrillRemoval removal;

  @GuardedBy("this")
  private String sinkAddress = "";

  /**
   * Set by the clean-up, which may run in parallel with the steps: afterwards nothing is created.
   */
  @GuardedBy("this")
  private boolean stopped;

  /**
   * The process that runs a drill.
   *
   * @param id its own, {@code host/pid}
   */
  record Holder(String id, Predicate<String> isAlive) {
    /** This process. */
    static Holder current() {
      String host = Objects.requireNonNullElse(System.getenv("HOSTNAME"), "localhost");
      return new Holder(host + "/" + ProcessHandle.current().pid(), other -> isAlive(host, other));
    }

    /** A process of another host may be alive. */
    private static boolean isAlive(String host, String other) {
      int slash = other.lastIndexOf('/');
      if (slash < 0 || !other.substring(0, slash).equals(host)) {
        return true;
      }
      try {
        return ProcessHandle.of(Long.parseLong(other.substring(slash + 1)))
            .filter(ProcessHandle::isAlive)
            .isPresent();
      } catch (NumberFormatException e) {
        return true;
      }
    }
  }

  /**
   * A drill in a namespace.
   *
   * @param name of the cluster in alerts
   * @param lasts how long a drill takes at most
   */
  Fabric8DrillCluster(
      String name,
      KubernetesClient client,
      String namespace,
      String run,
      String image,
      Holder process,
      Duration lasts) {
    this.name = name;
    this.client = client;
    this.namespace = namespace;
    this.run = run;
    this.process = process;
    this.lasts = lasts;
    this.manifests = new DrillManifests(namespace, run, image, lasts);
    this.removal = new DrillRemoval(client);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int removeLeftovers(Instant now) {
    Map<String, String> others = Map.of("app.kubernetes.io/managed-by", "cattleguard-drill");
    List<Namespace> namespaces =
        ask(() -> client.namespaces().withLabels(others).list().getItems());
    // Not in all namespaces: a user who may create ConfigMaps in just one could block drills.
    Set<String> places = new LinkedHashSet<>(List.of(namespace));
    namespaces.forEach(one -> places.add(one.getMetadata().getName()));
    List<ConfigMap> scripts = new ArrayList<>();
    for (String place : places) {
      scripts.addAll(
          ask(() -> client.configMaps().inNamespace(place).withLabels(others).list().getItems()));
    }
    int removed = 0;
    for (ConfigMap script : scripts) {
      Optional<String> other = DrillRemoval.run(script);
      if (other.isEmpty()) {
        continue;
      }
      requireEnded(script, now);
      List<String> unused = removal.remove(script.getMetadata().getNamespace(), other.get());
      removed++;
    }
    for (Namespace left : namespaces) {
      Optional<String> other = DrillRemoval.run(left);
      if (other.isPresent() && left.getMetadata().getDeletionTimestamp() == null) {
        List<String> unused = removal.remove(left.getMetadata().getName(), other.get());
        removed++;
      }
    }
    return removed;
  }

  private void requireEnded(ConfigMap script, Instant now) {
    Map<String, String> annotations =
        Objects.requireNonNullElse(script.getMetadata().getAnnotations(), Map.of());
    String by = annotations.getOrDefault(DrillManifests.BY, "");
    Instant until = until(script, annotations.getOrDefault(DrillManifests.UNTIL, ""));
    if (now.isBefore(until) && process.isAlive().test(by)) {
      throw new UsageError(
          "another drill runs in namespace "
              + script.getMetadata().getNamespace()
              + ", started by "
              + HostileText.visible(by, 100)
              + "; it ends by "
              + until
              + ", and the next drill removes what it leaves behind");
    }
  }

  /**
   * When the script's drill has ended, whatever the script claims: no drill takes longer than the
   * maximum.
   */
  private static Instant until(ConfigMap script, String text) {
    try {
      Instant latest =
          Instant.parse(script.getMetadata().getCreationTimestamp()).plus(LONGEST).plus(GRACE);
      Instant says = Instant.parse(text);
      return says.isBefore(latest) ? says : latest;
    } catch (DateTimeException e) {
      return Instant.MIN;
    }
  }

  @Override
  public void prepare(Instant now) {
    Namespace there = ask(() -> client.namespaces().withName(namespace).get());
    if (there != null && there.getMetadata().getDeletionTimestamp() != null) {
      await(
          () -> ask(() -> client.namespaces().withName(namespace).get()) == null,
          "the namespace of an earlier drill is deleted");
      there = null;
    }
    if (there == null) {
      create(() -> client.resource(manifests.namespace()).create());
    }
    refuseOthers();
    create(
        () ->
            client
                .resource(manifests.script(process.id(), now.plus(lasts).plus(GRACE).toString()))
                .create());
    create(() -> client.resource(manifests.account()).create());
    create(() -> client.resource(manifests.fence()).create());
  }

  private void refuseOthers() {
    // The pods of an earlier drill end a moment after their Jobs.
    await(
        () -> pods().stream().allMatch(pod -> DrillRemoval.run(pod).isEmpty()),
        "pods of an earlier drill end");
    List<String> strangers = pods().stream().map(pod -> pod.getMetadata().getName()).toList();
    if (!strangers.isEmpty()) {
      throw new UsageError(
          "namespace "
              + namespace
              + " has other pods, for example "
              + strangers.getFirst()
              + "; a drill needs a namespace of its own: set --namespace NAME, which the drill"
              + " creates if it does not exist");
    }
  }

  private List<Pod> pods() {
    return ask(() -> client.pods().inNamespace(namespace).list().getItems());
  }

  /** A denial by the API server's authorization is an error message; anything else is an outage. */
  private synchronized void create(Supplier<HasMetadata> creation) {
    requireNotStopped();
    try {
      HasMetadata unused = creation.get();
    } catch (KubernetesClientException e) {
      throw unavailable(e);
    }
  }

  @GuardedBy("this")
  private void requireNotStopped() {
    if (stopped) {
      throw new Unavailable("the drill was stopped");
    }
  }

  @Override
  public synchronized Optional<String> start(DrillStep step) {
    requireNotStopped();
    if (step.needs() == DrillStep.Needs.SINK && sinkAddress.isEmpty()) {
      Optional<String> refused = submit(manifests.sink());
      if (refused.isPresent()) {
        return refused;
      }
      sinkAddress = sinkAddress();
    }
    return submit(manifests.job(step, sinkAddress));
  }

  @GuardedBy("this")
  private String sinkAddress() {
    try {
      Service service = client.resource(manifests.sinkService()).create();
      return Objects.requireNonNullElse(service.getSpec().getClusterIP(), "");
    } catch (KubernetesClientException e) {
      throw unavailable(e);
    }
  }

  /** Asks admission first with a dry run: for a pod of a Job, its answer would reach no client. */
  private Optional<String> submit(Job job) {
    Pod pod =
        new PodBuilder()
            .withNewMetadataLike(job.getSpec().getTemplate().getMetadata())
            .withNamespace(namespace)
            .withName(job.getMetadata().getName())
            .endMetadata()
            .withSpec(job.getSpec().getTemplate().getSpec())
            .build();
    try {
      Pod unused = client.resource(pod).dryRun().create();
      Job created = client.resource(job).create();
      return created == null ? Optional.of("no answer") : Optional.empty();
    } catch (KubernetesClientException e) {
      if (isRefused(e)) {
        return Optional.of(HostileText.visible(reason(e), 300));
      }
      throw unavailable(e);
    }
  }

  private static boolean isRefused(KubernetesClientException e) {
    return (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
            && !reason(e).contains("cannot create resource"))
        || reason(e).contains("denied the request");
  }

  private static String reason(KubernetesClientException e) {
    return Stream.of(
            Optional.ofNullable(e.getStatus()).map(status -> status.getMessage()),
            Optional.ofNullable(e.getMessage()))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse("");
  }

  @Override
  public Optional<DrillPod> pod(DrillStep step) {
    List<Pod> pods =
        ask(
            () ->
                client
                    .pods()
                    .inNamespace(namespace)
                    .withLabels(
                        Map.of(DrillManifests.LABEL, run, "cattleguard.io/drill-step", step.id()))
                    .list()
                    .getItems());
    return pods.stream().findFirst().map(pod -> read(pod));
  }

  private DrillPod read(Pod pod) {
    return new DrillPod(
        namespace,
        pod.getMetadata().getName(),
        Optional.ofNullable(pod.getMetadata().getUid()),
        Optional.ofNullable(pod.getSpec()).map(spec -> spec.getNodeName()),
        state(pod));
  }

  private static String state(Pod pod) {
    if (pod.getStatus() == null) {
      return "";
    }
    return Optional.ofNullable(pod.getStatus().getContainerStatuses()).stream()
        .flatMap(List::stream)
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull)
        .map(state -> state.getWaiting())
        .filter(Objects::nonNull)
        .map(ContainerStateWaiting::getReason)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(Objects.requireNonNullElse(pod.getStatus().getPhase(), ""));
  }

  @Override
  public synchronized List<String> cleanUp() {
    stopped = true;
    return removal.remove(namespace, run);
  }

  static <T> T ask(Supplier<T> question) {
    try {
      return question.get();
    } catch (KubernetesClientException e) {
      throw unavailable(e);
    }
  }

  static Unavailable unavailable(KubernetesClientException e) {
    return new Unavailable("the cluster: " + HostileText.visible(reason(e), 300), e);
  }

  private static void await(Supplier<Boolean> condition, String what) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.get()) {
      if (System.nanoTime() > until) {
        throw new Unavailable("timed out while waiting until " + what);
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Unavailable("interrupted", e);
      }
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
