package io.cattleguard.app.notify;

import io.cattleguard.app.terminal.CommandGroup;
import io.cattleguard.app.terminal.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands about destinations. */
@Command(name = "notify", description = "Test the destinations of the policy.")
public final class NotifyCommand extends CommandGroup {
  private NotifyCommand(Surroundings surroundings) {
    super(surroundings);
  }

  /** The command with its subcommands. */
  public static CommandLine of(Surroundings surroundings) {
    return new CommandLine(new NotifyCommand(surroundings))
        .addSubcommand(new NotifyTestCommand(surroundings));
  }
}
