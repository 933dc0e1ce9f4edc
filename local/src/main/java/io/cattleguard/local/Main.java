package io.cattleguard.local;

import io.cattleguard.edge.PolicyException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
    name = "cattleguard",
    description = "Runtime security events in, contained incidents out.",
    subcommands = {
      DemoCommand.class,
      ReplayCommand.class,
      ExplainCommand.class,
      CheckCommand.class,
      TestCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
public final class Main {
  /** Exit code: done. */
  static final int DONE = 0;

  /** Exit code: the answer is no. */
  static final int NO = 1;

  /** Exit code: the command line is wrong. */
  static final int WRONG_COMMAND_LINE = 2;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where in the code an error came from.")
  private boolean debug;

  private Main() {}

  /** Runs one command and ends with its exit code. */
  public static void main(String[] arguments) {
    int code = run(arguments);
    Surroundings.flush();
    System.exit(code);
  }

  /** Runs one command. */
  static int run(String... arguments) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    commandLine.setExecutionExceptionHandler((e, command, result) -> main.report(e));
    if (arguments.length == 0) {
      commandLine.usage(System.err);
      return WRONG_COMMAND_LINE;
    }
    return commandLine.execute(arguments);
  }

  private int report(Exception e) {
    Surroundings.flush();
    if (debug) {
      e.printStackTrace();
    }
    if (e instanceof PolicyException policy) {
      policy.errors().forEach(System.err::println);
      System.err.println(
          policy.errors().size() == 1
              ? "The policy has an error; mend it and try again."
              : "The policy has " + policy.errors().size() + " errors; mend them and try again.");
      return NO;
    }
    if (e instanceof UsageError) {
      System.err.println("cattleguard: " + e.getMessage());
      return WRONG_COMMAND_LINE;
    }
    System.err.println("cattleguard: " + e + "; run again with --debug to see where");
    return NO;
  }
}
