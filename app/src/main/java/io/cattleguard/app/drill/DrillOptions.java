package io.cattleguard.app.drill;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a drill runs and where: the cluster, the namespace, the image and the steps. */
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
final class DrillOptions {
  private static final String IMAGE = "docker.io/library/busybox:1.37";
  private static final Pattern NAMESPACE_NAME =
      Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern IMAGE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}");

  private static final List<String> SYSTEM_PREFIXES = List.of("kube-", "openshift-");

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = {
        "Run the steps in the cluster of this file's current context.",
        "Not needed with --inject, which then injects events about pods that do not exist."
      })
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "The cluster's name in alerts. Default: the kubeconfig's context, or local.")
  private @Nullable String cluster;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "cattleguard-drill",
      description = {
        "Namespace of the steps. The drill creates and deletes it, or uses one without pods.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String namespace;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      defaultValue = IMAGE,
      description = "Image with a shell and the usual tools. Default: ${DEFAULT-VALUE}.")
  private String image;

  @Option(
      names = "--steps",
      paramLabel = "STEP",
      split = ",",
      description = "Only these steps, comma-separated. Default: all.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--inject",
      description = {
        "Inject the events that Falco and Tetragon would report for the steps, if there is no"
            + " sensor.",
        "They are posted to the --input of up, or published to a stack in AWS with PutEvents, which"
            + " needs the credentials of the sensor's role."
      })
  private boolean inject;

  @Option(
      names = "--input",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:2801/",
      description =
          "Address at which up accepts alerts. CATTLEGUARD_INPUT_TOKEN is its token. Default:"
              + " ${DEFAULT-VALUE}.")
  private URI input;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "90s",
      description = "How long to wait for the last step to be sensed. Default: ${DEFAULT-VALUE}.")
  private String timeout;

  /**
   * Rejects values that are not valid, and namespaces that a drill could harm.
   *
   * @param limits of the policy, which protect namespaces
   * @throws UsageError if a value is rejected
   */
  void validate(Limits limits) {
    if (kubeconfig == null && !inject) {
      throw new UsageError(
          "set --kubeconfig FILE to run the steps in a cluster, or --inject to inject their"
              + " events");
    }
    if (!NAMESPACE_NAME.matcher(namespace).matches()) {
      throw new UsageError("--namespace: not the name of a namespace: " + namespace);
    }
    if (!IMAGE_NAME.matcher(image).matches()) {
      throw new UsageError("--image: not the name of an image: " + image);
    }
    Set<String> forbidden = new TreeSet<>(KubernetesScope.ALWAYS_PROTECTED);
    forbidden.addAll(limits.protectedNamespaces());
    forbidden.add("default");
    if (forbidden.contains(namespace) || SYSTEM_PREFIXES.stream().anyMatch(namespace::startsWith)) {
      throw new UsageError(
          "--namespace "
              + namespace
              + " is a protected or system namespace; choose another one, which the drill creates"
              + " if it does not exist");
    }
  }

  String namespace() {
    return namespace;
  }

  String image() {
    return image;
  }

  /** Whether the drill injects events, because no sensor would report the steps. */
  boolean isInjected() {
    return inject;
  }

  /** The steps to run, each once. */
  List<DrillStep> steps() {
    if (only.isEmpty()) {
      return Arrays.asList(DrillStep.values());
    }
    List<DrillStep> steps = new ArrayList<>();
    for (String id : only) {
      steps.add(
          DrillStep.named(id)
              .orElseThrow(
                  () ->
                      new UsageError(
                          "--steps: no step '"
                              + id
                              + "'; there are "
                              + Arrays.stream(DrillStep.values())
                                  .map(DrillStep::id)
                                  .collect(Collectors.joining(", ")))));
    }
    return steps.stream().distinct().toList();
  }

  /** How long to wait for the last step to be sensed. */
  Duration patience() {
    return Durations.parse(timeout)
        .filter(Duration::isPositive)
        .filter(time -> time.compareTo(Fabric8DrillCluster.LONGEST) <= 0)
        .orElseThrow(
            () -> new UsageError("--timeout: expected a duration up to 10m, found " + timeout));
  }

  /**
   * Connects to the cluster in which the steps run; empty without {@code --kubeconfig}.
   *
   * @throws UsageError if the file cannot be used
   */
  Optional<DrillCluster> connect(String run, Duration patience) {
    Path file = kubeconfig;
    if (file == null) {
      return Optional.empty();
    }
    if (!Files.isReadable(file)) {
      throw new UsageError("--kubeconfig " + file + ": cannot be read");
    }
    String context;
    KubernetesClient client;
    try (Fabric8Clients.Connection connection = Fabric8Clients.connect(file)) {
      context = connection.name();
      client = Fabric8Clients.ofKubeconfig(file);
    } catch (IllegalArgumentException e) {
      throw new UsageError("--kubeconfig " + file + ": " + e.getMessage());
    }
    return Optional.of(
        new Fabric8DrillCluster(
            cluster == null ? context : cluster,
            client,
            namespace,
            run,
            image,
            Fabric8DrillCluster.Holder.current(),
            patience));
  }

  /** The name of the cluster in alerts. */
  String clusterName(Optional<DrillCluster> to) {
    String name = to.map(DrillCluster::name).orElseGet(() -> cluster == null ? "local" : cluster);
    if (name.equals(Canary.CLUSTER)) {
      throw new UsageError("--cluster canary: the name is reserved for the synthetic alerts");
    }
    return name;
  }

  /** Where the events are injected; empty if the sensors report the steps. */
  Optional<DrillInput> input(Deployment deployment, String name, InstantSource clock) {
    if (!inject) {
      return Optional.empty();
    }
    return Optional.of(
        switch (deployment) {
          case Deployment.Up up ->
              DrillInputs.http(
                  input,
                  Optional.ofNullable(System.getenv("CATTLEGUARD_INPUT_TOKEN"))
                      .filter(token -> !token.isEmpty()));
          case Deployment.Stack stack -> DrillInputs.bus(stack.aws(), stack.name(), name, clock);
        });
  }
}
