package io.cattleguard.app.cli;

import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.sensor.cli.Main;
import io.cattleguard.sensor.cli.UsageMessage;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Prints the shell's completion of every command and option. */
@Command(
    name = "completion",
    description = {
      "Print a script that completes commands and options in a shell.",
      "Install it in ~/.bashrc or ~/.zshrc: source <(cattleguard completion bash)"
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field
final class CompletionCommand implements Callable<Integer> {
  /** The shells. */
  private enum Shell {
    BASH,
    ZSH
  }

  private final Surroundings surroundings;
  @Spec private CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // one script serves both shells
  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  CompletionCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    CommandSpec root = completed(spec.root());
    CommandSpec sensor =
        completed(Main.commandLine(surroundings.out()).getCommandSpec()).name("sensor");
    root.removeSubcommand("sensor");
    root.addSubcommand("sensor", sensor);
    surroundings.out().print(AutoComplete.bash(root.name(), new CommandLine(root)));
    return ExitCode.SUCCESS;
  }

  /** A copy whose options belong to one command each, and whose values are in lower case. */
  private static CommandSpec completed(CommandSpec command) {
    CommandSpec copy = CommandSpec.create().name(command.name());
    command.options().forEach(option -> copy.addOption(completed(option)));
    command.positionalParameters().forEach(parameter -> copy.addPositional(completed(parameter)));
    command
        .subcommands()
        .forEach((name, each) -> copy.addSubcommand(name, completed(each.getCommandSpec())));
    return copy;
  }

  private static OptionSpec completed(OptionSpec option) {
    OptionSpec.Builder copy =
        OptionSpec.builder(option).inherited(false).scopeType(ScopeType.LOCAL);
    List<String> values = UsageMessage.values(option);
    // Without values, the shell completes files if the option's type is a file.
    return (values.isEmpty() ? copy : copy.completionCandidates(values)).build();
  }

  private static PositionalParamSpec completed(PositionalParamSpec parameter) {
    PositionalParamSpec.Builder copy = PositionalParamSpec.builder(parameter);
    List<String> values = UsageMessage.values(parameter);
    return (values.isEmpty() ? copy : copy.completionCandidates(values)).build();
  }
}
