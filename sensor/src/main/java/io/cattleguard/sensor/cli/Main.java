package io.cattleguard.sensor.cli;

import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** Starts the node agent. */
public final class Main {
  private Main() {}

  /** Runs until it is stopped; exit code 2 if the settings are invalid. */
  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  /** Runs one command line; returns its exit code. */
  public static int run(PrintStream out, PrintStream err, String... arguments) {
    CommandLine commandLine = commandLine(out);
    commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    commandLine.setParameterExceptionHandler(
        (e, rejected) -> {
          err.println("cattleguard sensor: " + UsageMessage.of(e));
          err.println("Try: cattleguard sensor --help");
          return 2;
        });
    commandLine.setExecutionExceptionHandler(
        (e, command, result) -> {
          boolean expected = e instanceof SensorException || e instanceof SpoolUnavailable;
          err.println(
              "cattleguard sensor: " + (expected ? e.getMessage() : e + " (this is a bug)"));
          return expected ? 2 : 1;
        });
    return commandLine.execute(arguments);
  }

  /** The options, to parse or to list them. */
  public static CommandLine commandLine(PrintStream out) {
    return commandLine(new SensorCommand(out));
  }

  static CommandLine commandLine(SensorCommand command) {
    return new CommandLine(command)
        .addMixin("version", new VersionOption())
        .setCaseInsensitiveEnumValuesAllowed(true);
  }
}
