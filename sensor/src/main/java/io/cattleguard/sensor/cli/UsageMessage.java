package io.cattleguard.sensor.cli;

import io.cattleguard.events.text.ClosestWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Describes the error of a command line, and suggests the known word that a mistyped one probably
 * means.
 */
public final class UsageMessage {
  private UsageMessage() {}

  /** One sentence about an error that picocli found. */
  public static String of(ParameterException error) {
    if (error instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      return unknown(unmatched.getUnmatched().getFirst(), error.getCommandLine().getCommandSpec());
    }
    ArgSpec argument = error.getArgSpec();
    // The type of an option with several values is that of the collection.
    if (argument != null && argument.auxiliaryTypes()[0].isEnum() && error.getValue() != null) {
      return notOneOf(argument, error.getValue());
    }
    return String.valueOf(error.getMessage());
  }

  /** The values of an option or parameter that takes one of a few words, in lower case. */
  public static List<String> values(ArgSpec argument) {
    List<String> values = new ArrayList<>();
    Iterable<String> candidates = argument.completionCandidates();
    if (candidates != null) {
      candidates.forEach(each -> values.add(each.toLowerCase(Locale.ROOT)));
    }
    return values;
  }

  private static String unknown(String word, CommandSpec command) {
    if (word.startsWith("-")) {
      String name = word.split("=", 2)[0];
      return "unknown option '" + name + "'" + ClosestWord.hint(name, longOptions(command));
    }
    return command.subcommands().isEmpty()
        ? "unexpected argument '" + word + "'"
        : "unknown command '" + word + "'" + ClosestWord.hint(word, command.subcommands().keySet());
  }

  private static List<String> longOptions(CommandSpec command) {
    return command.options().stream()
        .map(OptionSpec::longestName)
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  private static String notOneOf(ArgSpec argument, String value) {
    List<String> values = values(argument);
    String name =
        argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    return name
        + ": use one of "
        + String.join(", ", values)
        + ", not: "
        + value
        + ClosestWord.hint(value.toLowerCase(Locale.ROOT), values);
  }
}
