package io.cattleguard.app.drill;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.incidents.DeploymentOptions;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.cattleguard.route.DestinationSettings;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Imitates an intruder without doing harm, and shows how a deployment reacts. */
@Command(
    name = "drill",
    sortOptions = false,
    description = {
      "Imitate an intruder without doing harm, in a separate namespace, and show the result of each"
          + " step: which sensor saw it, how fast, its score, who was notified, the response, and"
          + " what no sensor saw.",
      "A drill takes the same road as an intrusion: people are notified, and a playbook in enforce"
          + " mode contains the drill's pods.",
      "It cleans up after itself, also when interrupted. docs/drill.md describes each step.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class DrillCommand implements Callable<Integer> {
  private static final String IMAGE = "docker.io/library/busybox:1.37";
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern IMAGES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}");

  /** Letters of generated names, of which no word consists. */
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz";

  private static final List<String> OF_SYSTEMS = List.of("kube-", "openshift-");

  private final Surroundings surroundings;

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
        "Inject the events of the steps, as Falco and Tetragon would report them, where no sensor"
            + " is.",
        "Into up over --input; into a stack in AWS with PutEvents, as the role of the sensor."
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

  @Option(names = "--yes", description = "Do not ask. Needed without a terminal.")
  private boolean yes;

  @Option(
      names = "--page",
      description = "Allow a drill that pages people, if the policy's routes send it to a pager.")
  private boolean page;

  @Option(names = "--json", description = "Print one JSON object instead of the card.")
  private boolean json;

  @Option(names = "--markdown", description = "Print the card as Markdown.")
  private boolean markdown;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** Creates the command with the streams to print to. */
  public DrillCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Policy read = Policy.read(policy.directory(surroundings));
    requireHarmless(read);
    DrillForecast forecast = new DrillForecast(read);
    InstantSource clock = InstantSource.system();
    String run = run();
    Duration patience = patience();
    Optional<DrillCluster> to = cluster(run, patience);
    Drill drill =
        new Drill(
            new Drill.Parts(
                run,
                named(to),
                namespace,
                image,
                steps(),
                to,
                inject ? Optional.of(input(named(to), clock)) : Optional.empty(),
                incidents(),
                forecast,
                patience,
                clock,
                DrillCommand::sleep,
                this::say));
    try {
      announce(forecast, run, named(to), clock);
      Thread hook = Thread.ofPlatform().unstarted(() -> cleanUp(drill));
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        DrillCard card = drill.run();
        print(card);
        return card.isPassed() ? ExitCode.SUCCESS : ExitCode.FAILURE;
      } finally {
        drill.close();
        forget(hook);
      }
    } catch (Unavailable e) {
      say(String.valueOf(e.getMessage()) + deployment.hint());
      return ExitCode.FAILURE;
    } finally {
      to.ifPresent(DrillCluster::close);
    }
  }

  private void cleanUp(Drill drill) {
    say("interrupted, cleaning up");
    try {
      drill.close();
    } catch (RuntimeException e) {
      say("not all was removed; the next drill removes it: " + e.getMessage());
    }
  }

  /** While the process ends, the hook runs and cannot be removed. */
  private static void forget(Thread hook) {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook cleans up as well.
    }
  }

  /** Rejects protected namespaces, and options that contradict each other. */
  private void requireHarmless(Policy read) {
    if (kubeconfig == null && !inject) {
      throw new UsageError(
          "set --kubeconfig FILE to run the steps in a cluster, or --inject to inject their"
              + " events");
    }
    if (json && markdown) {
      throw new UsageError("--json and --markdown: choose one");
    }
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new UsageError("--namespace: not the name of a namespace: " + namespace);
    }
    if (!IMAGES.matcher(image).matches()) {
      throw new UsageError("--image: not the name of an image: " + image);
    }
    Set<String> forbidden = new TreeSet<>(KubernetesScope.ALWAYS_PROTECTED);
    forbidden.addAll(read.playbooks().limits().protectedNamespaces());
    forbidden.add("default");
    if (forbidden.contains(namespace) || OF_SYSTEMS.stream().anyMatch(namespace::startsWith)) {
      throw new UsageError(
          "--namespace "
              + namespace
              + " is a protected or system namespace; a drill needs one of its own, which need not"
              + " exist");
    }
  }

  private List<DrillStep> steps() {
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

  private Duration patience() {
    return Durations.parse(timeout)
        .filter(Duration::isPositive)
        .filter(time -> time.compareTo(Fabric8DrillCluster.LONGEST) <= 0)
        .orElseThrow(
            () -> new UsageError("--timeout: expected a duration up to 10m, found " + timeout));
  }

  private static String run() {
    SecureRandom random = new SecureRandom();
    return random
        .ints(6, 0, LETTERS.length())
        .mapToObj(at -> String.valueOf(LETTERS.charAt(at)))
        .collect(Collectors.joining());
  }

  private Optional<DrillCluster> cluster(String run, Duration patience) {
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

  private String named(Optional<DrillCluster> to) {
    String name = to.map(DrillCluster::name).orElseGet(() -> cluster == null ? "local" : cluster);
    if (name.equals(Canary.CLUSTER)) {
      throw new UsageError("--cluster canary: the name is reserved for the synthetic alerts");
    }
    return name;
  }

  private DrillInput input(String name, InstantSource clock) {
    return switch (deployment.deployment()) {
      case Deployment.Up up ->
          DrillInputs.http(
              input,
              Optional.ofNullable(System.getenv("CATTLEGUARD_INPUT_TOKEN"))
                  .filter(token -> !token.isEmpty()));
      case Deployment.Stack stack -> DrillInputs.bus(stack.aws(), stack.name(), name, clock);
    };
  }

  private RecordedIncidents incidents() {
    return deployment.incidents();
  }

  /**
   * Lists the people's destinations of the drill, and asks for confirmation.
   *
   * @throws UsageError if people would be paged without {@code --page}, or if the person declines
   */
  private void announce(DrillForecast forecast, String run, String name, InstantSource clock) {
    DrillEvents events = new DrillEvents(run, image, clock.instant());
    List<String> all =
        steps().stream()
            .map(
                step ->
                    events.of(
                        step,
                        new DrillPod(
                            namespace,
                            DrillManifests.name(run, step.id()) + "-x2x4k",
                            Optional.empty(),
                            Optional.empty(),
                            "")))
            .toList();
    List<DestinationSettings> told = forecast.told(all, name, clock.instant());
    List<String> pagers =
        told.stream().filter(DestinationSettings::isPager).map(DestinationSettings::name).toList();
    if (!pagers.isEmpty() && !page) {
      throw new UsageError(
          "the routes send a drill to "
              + String.join(", ", pagers)
              + ", which pages people: add --page if that is meant");
    }
    say(
        "drill "
            + run
            + ": "
            + steps().size()
            + " harmless steps in "
            + HostileText.visible(name, 100)
            + "/"
            + namespace
            + (inject ? ", with injected events" : ""));
    say(
        "routed by routes.yaml to: "
            + (told.isEmpty()
                ? "nobody"
                : told.stream()
                    .map(one -> one.name() + " (" + one.type() + ")")
                    .collect(Collectors.joining(", "))));
    if (!forecast.acting().isEmpty()) {
      say(
          "playbooks in enforce mode, which act on the drill's pods if they match: "
              + String.join(", ", forecast.acting())
              + "; the objects that they act on count in the hourly-caps of settings.yaml");
    }
    if (!yes && !isConfirmed()) {
      throw new UsageError(
          surroundings.columns().isPresent()
              ? "nothing was done"
              : "not confirmed: add --yes to run it without a terminal");
    }
  }

  private boolean isConfirmed() {
    if (surroundings.columns().isEmpty()) {
      return false;
    }
    surroundings.err().print("Run it? [y/N] ");
    surroundings.err().flush();
    try {
      String answer =
          new BufferedReader(new InputStreamReader(surroundings.in(), StandardCharsets.UTF_8))
              .readLine();
      return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    } catch (IOException e) {
      return false;
    }
  }

  private void print(DrillCard card) {
    if (json) {
      JsonLines.print(card.toJson(), surroundings.out());
    } else if (markdown) {
      new DrillCardText(card).printMarkdown(surroundings.out());
    } else {
      new DrillCardText(card).print(surroundings.screen());
    }
    surroundings.out().flush();
  }

  private void say(String sentence) {
    surroundings.err().println("cattleguard: " + HostileText.visible(sentence, 1_000));
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted", e);
    }
  }
}
