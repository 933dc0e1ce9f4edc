package io.cattleguard.app.models;

import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The commands about models. */
@Command(
    name = "model",
    description = "Show, compare and change the models of workloads.",
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets every field
public final class ModelCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  @Spec private CommandSpec spec;

  private ModelCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /** The command with its subcommands. */
  public static CommandLine of(Surroundings surroundings) {
    return new CommandLine(new ModelCommand(surroundings))
        .addSubcommand(new ModelListCommand(surroundings))
        .addSubcommand(new ModelShowCommand(surroundings))
        .addSubcommand(new ModelDiffCommand(surroundings))
        .addSubcommand(new ModelTestCommand(surroundings))
        .addSubcommand(new ModelAcceptCommand(surroundings))
        .addSubcommand(new ModelPullCommand(surroundings))
        .addSubcommand(new ModelFactsCommand(surroundings))
        .addSubcommand(new ModelExportCommand(surroundings));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(surroundings.err());
    return ExitCode.USAGE;
  }
}
