package io.cattleguard.app.models;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.models.Model;
import io.cattleguard.models.review.Readiness;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes what a deployment learnt from its sensors as model files. */
@Command(
    name = "pull",
    description = {
      "Write model files of what the sensors of a deployment observed.",
      "A model that exists is merged: review the change with git diff. Its mode stays as it is."
    })
public final class ModelPullCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final DeploymentChoice deployment = new DeploymentChoice();

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ClusterFactsOption facts = new ClusterFactsOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Only the models of this cluster. Default: of all clusters.")
  private @Nullable String cluster;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the model files. Default: models/ of the policy directory.")
  private @Nullable Path out;

  @Option(
      names = "--age",
      paramLabel = "DURATION",
      defaultValue = "30d",
      description = "Drop entries that were not seen for that long. Default: ${DEFAULT-VALUE}.")
  private String age = "30d";

  @Option(
      names = "--json",
      description = "Print one JSON object per model instead: its file, and what changed.")
  private boolean json;

  ModelPullCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Readiness readiness = readinessOption.readiness();
    Path folder = out == null ? LearnCommand.folder(policy, surroundings) : out;
    List<MergedModel> merged =
        MergedModel.of(
            folder,
            LearnCommand.age(age),
            Clock.systemUTC().instant(),
            facts.facts(),
            known -> learnt());
    if (json) {
      LearnCommand.writeAsJson(folder, merged, readiness, surroundings.out());
      return ExitCode.SUCCESS;
    }
    Screen screen = surroundings.screen();
    if (merged.isEmpty()) {
      screen.line(
          "Nothing was learnt. Sensors report behaviour with --learn, or learn.enabled in their"
              + " chart; Tetragon has to export process events.");
      return ExitCode.SUCCESS;
    }
    LearnCommand.writeAll(folder, merged, readiness, screen);
    return ExitCode.SUCCESS;
  }

  private List<Model> learnt() {
    return all().stream()
        .filter(model -> cluster == null || model.workload().cluster().equals(cluster))
        .toList();
  }

  private List<Model> all() {
    try {
      return switch (deployment.deployment()) {
        case Deployment.Up up ->
            LearntReply.read(new SocketOperator(up.data()).ask(new OperatorRequest.LearntModels()));
        case Deployment.Stack stack ->
            new LearntModels(new DynamoTable(stack.aws(), stack.name() + "-models")).all();
      };
    } catch (Unavailable e) {
      throw new UsageError("what was learnt cannot be read: " + e.getMessage() + deployment.hint());
    }
  }
}
