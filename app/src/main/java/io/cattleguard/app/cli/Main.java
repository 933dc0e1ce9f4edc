package io.cattleguard.app.cli;

import io.cattleguard.app.board.BoardCommand;
import io.cattleguard.app.check.CheckCommand;
import io.cattleguard.app.check.TestCommand;
import io.cattleguard.app.demo.DemoCommand;
import io.cattleguard.app.doctor.DoctorCommand;
import io.cattleguard.app.drill.DrillCommand;
import io.cattleguard.app.evidence.EvidenceCommand;
import io.cattleguard.app.explain.ExplainCommand;
import io.cattleguard.app.imports.ImportCommand;
import io.cattleguard.app.incidents.IncidentCommand;
import io.cattleguard.app.incidents.IncidentsCommand;
import io.cattleguard.app.init.InitCommand;
import io.cattleguard.app.models.LearnCommand;
import io.cattleguard.app.models.ModelCommand;
import io.cattleguard.app.notify.NotifyCommand;
import io.cattleguard.app.operate.ContainmentsCommand;
import io.cattleguard.app.operate.DecideCommand;
import io.cattleguard.app.operate.ExtendCommand;
import io.cattleguard.app.operate.KillSwitchCommand;
import io.cattleguard.app.operate.ListingCommand;
import io.cattleguard.app.operate.SilenceCommand;
import io.cattleguard.app.operate.UndoCommand;
import io.cattleguard.app.operate.UnsilenceCommand;
import io.cattleguard.app.permissions.PermissionsCommand;
import io.cattleguard.app.plan.PlanCommand;
import io.cattleguard.app.replay.ReplayCommand;
import io.cattleguard.app.report.ReportCommand;
import io.cattleguard.app.sensors.SensorsCommand;
import io.cattleguard.app.server.UpCommand;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.HostileText;
import io.cattleguard.sensor.cli.UsageMessage;
import io.cattleguard.sensor.cli.VersionOption;
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

/** The command line: lists the commands, and turns errors into messages and exit codes. */
@Command(
    name = "cattleguard",
    description = "Scores runtime security alerts, notifies people, and contains intrusions.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 success, 1 failure, 2 usage error.",
      "Start with: cattleguard demo"
    })
public final class Main {
  private final Surroundings surroundings;

  @SuppressWarnings("UnusedVariable") // picocli sets it, and prints the text itself
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
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
  public static int run(Surroundings surroundings, String... arguments) {
    return new Main(surroundings).run(arguments);
  }

  /** All commands, to parse arguments with. */
  static CommandLine commands(Surroundings surroundings) {
    return new Main(surroundings).commands();
  }

  private CommandLine commands() {
    CommandLine commandLine = new CommandLine(this);
    commandLine.addMixin("version", new VersionOption());
    commandLine.addSubcommand(new DemoCommand(surroundings));
    commandLine.addSubcommand(new ReplayCommand(surroundings));
    commandLine.addSubcommand(new ExplainCommand(surroundings));
    commandLine.addSubcommand(new InitCommand(surroundings));
    commandLine.addSubcommand(ImportCommand.of(surroundings));
    commandLine.addSubcommand(new UpCommand(surroundings));
    commandLine.addSubcommand(new SensorCommand(surroundings));
    commandLine.addSubcommand(new CheckCommand(surroundings));
    commandLine.addSubcommand(new TestCommand(surroundings));
    commandLine.addSubcommand(new LearnCommand(surroundings));
    commandLine.addSubcommand(ModelCommand.of(surroundings));
    commandLine.addSubcommand(new DoctorCommand(surroundings));
    commandLine.addSubcommand(new PlanCommand(surroundings));
    commandLine.addSubcommand(new DrillCommand(surroundings));
    commandLine.addSubcommand(NotifyCommand.of(surroundings));
    commandLine.addSubcommand(new IncidentsCommand(surroundings));
    commandLine.addSubcommand(new IncidentCommand(surroundings));
    commandLine.addSubcommand(new ReportCommand(surroundings));
    commandLine.addSubcommand(new BoardCommand(surroundings));
    commandLine.addSubcommand(new SensorsCommand(surroundings));
    commandLine.addSubcommand(new ContainmentsCommand(surroundings));
    commandLine.addSubcommand(new ListingCommand.Budgets(surroundings));
    commandLine.addSubcommand(new UndoCommand(surroundings));
    commandLine.addSubcommand(new ExtendCommand(surroundings));
    commandLine.addSubcommand(new ListingCommand.Approvals(surroundings));
    commandLine.addSubcommand(new DecideCommand.Approve(surroundings));
    commandLine.addSubcommand(new DecideCommand.Reject(surroundings));
    commandLine.addSubcommand(new KillSwitchCommand.Stop(surroundings));
    commandLine.addSubcommand(new KillSwitchCommand.Resume(surroundings));
    commandLine.addSubcommand(new SilenceCommand(surroundings));
    commandLine.addSubcommand(new ListingCommand.Silences(surroundings));
    commandLine.addSubcommand(new UnsilenceCommand(surroundings));
    commandLine.addSubcommand(new EvidenceCommand(surroundings));
    commandLine.addSubcommand(new PermissionsCommand(surroundings));
    commandLine.addSubcommand(new CompletionCommand(surroundings));
    commandLine.addSubcommand(new HelpCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    return commandLine;
  }

  private int run(String... arguments) {
    CommandLine commandLine = commands();
    commandLine.setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            surroundings.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    commandLine.setParameterExceptionHandler((e, rejected) -> misused(e));
    commandLine.setExecutionExceptionHandler((e, command, result) -> report(e));
    if (arguments.length == 0) {
      commandLine.usage(surroundings.err());
      return ExitCode.USAGE;
    }
    try {
      return commandLine.execute(arguments);
    } catch (LinkageError | OutOfMemoryError | StackOverflowError e) {
      return report(e);
    }
  }

  private int misused(ParameterException e) {
    say(UsageMessage.of(e));
    surroundings
        .err()
        .println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
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
                    ? "The policy has 1 error. Fix it and try again."
                    : "The policy has " + errors + " errors. Fix them and try again.");
        yield ExitCode.FAILURE;
      }
      case UsageError usage -> {
        say(usage.getMessage());
        yield ExitCode.USAGE;
      }
      case OutOfMemoryError memory -> {
        say("out of memory; increase the heap: JAVA_TOOL_OPTIONS=-Xmx4g cattleguard ...");
        yield ExitCode.FAILURE;
      }
      default -> {
        say(e + "; this is a bug in Cattleguard. Run again with --debug to see the stack trace.");
        yield ExitCode.FAILURE;
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
