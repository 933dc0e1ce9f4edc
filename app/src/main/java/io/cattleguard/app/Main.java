package io.cattleguard.app;

import io.cattleguard.edge.PolicyException;
import io.cattleguard.events.HostileText;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
    name = "cattleguard",
    description = "Runtime security events in, contained incidents out.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 done, 1 the answer is no, 2 the command line is wrong.",
      "Begin with: cattleguard demo"
    })
public final class Main {
  /** Exit code: done. */
  static final int DONE = 0;

  /** Exit code: the answer is no. */
  static final int NO = 1;

  /** Exit code: the command line is wrong. */
  static final int WRONG_COMMAND_LINE = 2;

  private final Surroundings surroundings;

  @SuppressWarnings("UnusedVariable") // picocli sets it, and prints the text itself
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this text.")
  private boolean help;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where in the code an error came from.")
  private boolean debug;

  private Main(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /** Runs one command and ends with its exit code. */
  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code =
        run(
            Surroundings.of(System.in, out, err, System.getenv(), System.getProperties()),
            arguments);
    out.flush();
    System.exit(code);
  }

  /** Runs one command. */
  static int run(Surroundings surroundings, String... arguments) {
    return new Main(surroundings).run(arguments);
  }

  private int run(String... arguments) {
    CommandLine commandLine = new CommandLine(this);
    commandLine.addSubcommand(new DemoCommand(surroundings));
    commandLine.addSubcommand(new ReplayCommand(surroundings));
    commandLine.addSubcommand(new ExplainCommand(surroundings));
    commandLine.addSubcommand(new UpCommand(surroundings));
    commandLine.addSubcommand(new SensorCommand(surroundings));
    commandLine.addSubcommand(new CheckCommand(surroundings));
    commandLine.addSubcommand(new TestCommand(surroundings));
    commandLine.addSubcommand(new DoctorCommand(surroundings));
    commandLine.addSubcommand(new PermissionsCommand(surroundings));
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            surroundings.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    commandLine.setParameterExceptionHandler((e, rejected) -> misused(e));
    commandLine.setExecutionExceptionHandler((e, command, result) -> report(e));
    if (arguments.length == 0) {
      commandLine.usage(surroundings.err());
      return WRONG_COMMAND_LINE;
    }
    try {
      return commandLine.execute(arguments);
    } catch (LinkageError | OutOfMemoryError | StackOverflowError e) {
      return report(e);
    }
  }

  private int misused(ParameterException e) {
    say(String.valueOf(e.getMessage()));
    surroundings
        .err()
        .println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return WRONG_COMMAND_LINE;
  }

  private int report(Throwable e) {
    surroundings.out().flush();
    if (debug) {
      e.printStackTrace(surroundings.err());
    }
    return switch (e) {
      case PolicyException policy -> {
        policy.errors().forEach(error -> surroundings.err().println(visible(error.toString())));
        int errors = policy.errors().size();
        surroundings
            .err()
            .println(
                errors == 1
                    ? "The policy has an error; mend it and try again."
                    : "The policy has " + errors + " errors; mend them and try again.");
        yield NO;
      }
      case UsageError usage -> {
        say(usage.getMessage());
        yield WRONG_COMMAND_LINE;
      }
      case OutOfMemoryError memory -> {
        say("out of memory; give it more: JAVA_TOOL_OPTIONS=-Xmx4g cattleguard ...");
        yield NO;
      }
      default -> {
        say(e + "; this is a defect of Cattleguard. Run again with --debug to see where.");
        yield NO;
      }
    };
  }

  private void say(String message) {
    surroundings.err().println("cattleguard: " + visible(message));
  }

  private static String visible(String text) {
    return HostileText.visible(text, 1_000);
  }
}
