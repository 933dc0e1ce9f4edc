package io.cattleguard.app.models;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.models.Model;
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

  @Mixin private final ClusterFactsOption facts = new ClusterFactsOption();

  @Mixin private final ModelOutput output = new ModelOutput();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Only the models of this cluster. Default: of all clusters.")
  private @Nullable String cluster;

  ModelPullCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    output.check();
    List<MergedModel> merged =
        MergedModel.of(
            output.folder(surroundings),
            output.age(),
            Clock.systemUTC().instant(),
            facts.facts(),
            known -> learnt());
    if (output.isJson()) {
      output.writeAsJson(merged, surroundings);
      return ExitCode.SUCCESS;
    }
    Screen screen = surroundings.screen();
    if (merged.isEmpty()) {
      screen.line(
          "Nothing was learnt. Sensors report behaviour with --learn, or learn.enabled in their"
              + " chart; Tetragon has to export process events.");
      return ExitCode.SUCCESS;
    }
    output.write(merged, surroundings);
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
