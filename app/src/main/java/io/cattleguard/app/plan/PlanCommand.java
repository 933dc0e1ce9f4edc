package io.cattleguard.app.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import java.io.IOException;
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

/** Shows what each playbook could do in a live cluster or account now. */
@Command(
    name = "plan",
    sortOptions = false,
    description = {
      "Show what each playbook could do now in a live cluster or AWS account, and what prevents"
          + " it.",
      "It reads the cluster or account as a responder does before an action. Changes nothing.",
      ""
    })
public final class PlanCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "A cluster: the current context of this file. Its user must be allowed to read pods,"
              + " nodes and everything that the actions read. With the responder's own account,"
              + " plan also shows which permissions the responder lacks.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description =
          "The cluster's name in alerts and settings.yaml. Default: the kubeconfig's context.")
  private @Nullable String name;

  @Option(
      names = "--account",
      description =
          "The AWS account of your credentials, with the settings of the deployment --stack and the"
              + " actions that its response_mode and ec2_actions allow. Your credentials must be"
              + " allowed to list instances, security groups, users and roles, and to read"
              + " everything that the actions read.")
  private boolean account;

  @Option(
      names = "--stack",
      paramLabel = "NAME",
      defaultValue = Deployment.Stack.DEFAULT_NAME,
      description = "With --account: the deployment. Default: ${DEFAULT-VALUE}.")
  private String stack = Deployment.Stack.DEFAULT_NAME;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "With --account: the region. Default: AWS_REGION.")
  private @Nullable String region;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write the plan into one self-contained HTML file.")
  private @Nullable Path html;

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  public PlanCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (account == (kubeconfig != null)) {
      throw new UsageError("name a cluster with --kubeconfig FILE, or an account with --account");
    }
    Policy read = Policy.read(policy.directory(surroundings));
    if (account) {
      AccountPlan plan = accountPlan(read);
      show(plan.toJson(), plan.view());
    } else {
      ClusterPlan plan = clusterPlan(read);
      show(plan.toJson(), plan.view());
    }
    return ExitCode.SUCCESS;
  }

  private void show(ObjectNode asJson, PlanView view) {
    Path file = html;
    if (file != null) {
      try {
        Files.writeString(file, PlanHtml.of(view));
      } catch (IOException e) {
        throw new UsageError("--html " + file + ": cannot be written");
      }
    }
    if (json) {
      JsonLines.print(asJson, surroundings.out());
    } else if (file == null) {
      new PlanText(surroundings.screen(), view).print();
    }
  }

  private ClusterPlan clusterPlan(Policy read) {
    Path file = kubeconfig;
    if (file == null || !Files.isReadable(file)) {
      throw new UsageError("--kubeconfig " + file + ": cannot be read");
    }
    try (Fabric8Clients.Connection connection = connect(file)) {
      return plan(connection, read);
    } catch (Unavailable e) {
      throw new UsageError("the cluster of " + file + " cannot be read: " + e.getMessage());
    }
  }

  private AccountPlan accountPlan(Policy read) {
    AwsClients aws = Deployment.Stack.clients(Optional.ofNullable(region));
    try {
      return LiveAccount.plan(aws, stack, read.playbooks(), InstantSource.system().instant());
    } catch (Unavailable e) {
      throw new UsageError("the account cannot be read: " + e.getMessage());
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
        policy.playbooks().all().stream()
            .map(playbook -> ClusterPlan.Steps.of(playbook, KubernetesScope.class))
            .toList(),
        new Planner(scope, policy.playbooks(), now).places(pods));
  }
}
