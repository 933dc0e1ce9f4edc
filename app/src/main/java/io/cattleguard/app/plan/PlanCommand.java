package io.cattleguard.app.plan;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what each playbook could do in a live cluster now. */
@Command(
    name = "plan",
    sortOptions = false,
    description = {
      "Show what each playbook could do in a live cluster now, and which guards object.",
      "Reads the cluster as a responder does before an action. Changes nothing.",
      ""
    })
public final class PlanCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      required = true,
      description =
          "The cluster: the current context of this file. Its user needs to read pods, nodes and"
              + " what the actions read; with the responder's own account the missing permissions"
              + " are the responder's.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description =
          "The cluster's name in alerts and settings.yaml. Default: the kubeconfig's context.")
  private @Nullable String name;

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  public PlanCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path file = kubeconfig;
    if (file == null || !Files.isReadable(file)) {
      throw new UsageError("--kubeconfig " + file + ": cannot be read");
    }
    Policy read = Policy.read(policy.directory(surroundings));
    try (Fabric8Clients.Connection connection = connect(file)) {
      ClusterPlan plan = plan(connection, read);
      if (json) {
        JsonLines.print(plan.toJson(), surroundings.out());
      } else {
        new PlanText(surroundings.screen(), plan).print();
      }
      return ExitCode.SUCCESS;
    } catch (Unavailable e) {
      throw new UsageError("the cluster of " + file + " cannot be read: " + e.getMessage());
    }
  }

  private static Fabric8Clients.Connection connect(Path file) {
    try {
      return Fabric8Clients.connect(file);
    } catch (IllegalArgumentException e) {
      throw new UsageError("--kubeconfig " + file + ": " + e.getMessage());
    }
  }

  private ClusterPlan plan(Fabric8Clients.Connection connection, Policy read) {
    String cluster = name == null ? connection.name() : name;
    List<String> pods = connection.pods();
    Optional<Boolean> setting =
        Optional.ofNullable(read.playbooks().limits().networkPolicy().get(cluster));
    return of(
        cluster,
        connection.cluster(),
        pods,
        setting
            .map(
                enforced ->
                    new Cluster.Enforcement(
                        enforced ? Cluster.Enforces.YES : Cluster.Enforces.NO,
                        "settings.yaml says so"))
            .orElseGet(connection::enforcement),
        connection.missing(Grants.of(read.playbooks())),
        read,
        InstantSource.system().instant());
  }

  static ClusterPlan of(
      String name,
      Cluster cluster,
      List<String> pods,
      Cluster.Enforcement enforcement,
      List<String> missing,
      Policy policy,
      Instant now) {
    KubernetesScope scope =
        KubernetesScope.of(cluster, Optional.of(name), policy.playbooks().limits());
    return new ClusterPlan(
        name,
        pods.size(),
        enforcement,
        missing,
        policy.playbooks().all().stream().map(PlanCommand::steps).toList(),
        new Planner(scope, policy.playbooks(), now).places(pods));
  }

  private static ClusterPlan.Steps steps(Playbook playbook) {
    return new ClusterPlan.Steps(
        playbook.name(),
        playbook.modes().inWords(),
        playbook.steps().stream()
            .filter(step -> Planner.onCluster(step).isPresent())
            .<String>map(Action::name)
            .distinct()
            .toList());
  }
}
