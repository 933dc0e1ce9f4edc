package io.cattleguard.app.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the same as {@code --help}, for people who type {@code help}. */
@Command(name = "help", description = "Show the help of a command.")
@SuppressWarnings("NullAway.Init") // picocli sets every field
final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Default: all commands.")
  private @Nullable String command;

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    String name = command;
    if (name == null) {
      return root.execute("--help");
    }
    // An unknown command is explained as everywhere else.
    return root.getSubcommands().containsKey(name)
        ? root.execute(name, "--help")
        : root.execute(name);
  }
}
